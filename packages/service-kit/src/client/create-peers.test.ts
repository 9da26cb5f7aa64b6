import { once } from "node:events";
import { pairing } from "@srlm/contracts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { invalidArgument, unavailable } from "../errors/errors.ts";
import { type Handlers, implement, type RequestContext } from "../handlers.ts";
import type { RunningServer } from "../server/start-server.ts";
import { TestBed } from "../testing/test-bed.ts";
import { createPeers } from "./create-peers.ts";
import { defaultTimeoutMs } from "./deadlines.ts";

let bed: TestBed;
beforeEach(async () => {
  bed = await TestBed.open();
});
afterEach(() => bed.close());

type PairingHandlers = Handlers<typeof pairing.PairingServiceDefinition>;

function serve(handlers: Partial<PairingHandlers>): Promise<RunningServer> {
  const all: PairingHandlers = { buildPairs: async () => ({}), startPairing: async () => ({}), ...handlers };
  return bed.serve([
    {
      name: "pairing",
      create: async () => ({ implementations: [implement(pairing.PairingServiceDefinition, all)] }),
    },
  ]);
}

it("tries again what is UNAVAILABLE, and nothing else", async () => {
  const calls: string[] = [];
  const { peers } = await serve({
    async buildPairs() {
      calls.push("build");
      if (calls.length < 3) throw unavailable("ENGINE_CRASHED", "again, please");
      return {};
    },
    async startPairing() {
      calls.push("start");
      throw invalidArgument("spec", "must be set");
    },
  });
  await peers.pairing.buildPairs({});
  expect(calls).toEqual(["build", "build", "build"]);
  await expect(peers.pairing.startPairing({})).rejects.toMatchObject({ code: 3 });
  expect(calls.filter((call) => call === "start")).toHaveLength(1);
});

it("gives up after four tries, with the server's last error", async () => {
  let calls = 0;
  const { peers } = await serve({
    async buildPairs() {
      calls++;
      throw unavailable("ENGINE_CRASHED", `try ${calls}`);
    },
  });
  await expect(peers.pairing.buildPairs({})).rejects.toMatchObject({ reason: "ENGINE_CRASHED", message: "try 4" });
});

it("sets a deadline by kind of call, or the one asked for", async () => {
  const left: number[] = [];
  const note = async (_request: unknown, { deadline }: RequestContext) => {
    left.push(Math.ceil((deadline - Date.now()) / 1000));
    return {};
  };
  const { peers } = await serve({ buildPairs: note, startPairing: note });
  await peers.pairing.buildPairs({});
  await peers.pairing.startPairing({});
  await peers.pairing.buildPairs({}, { timeoutMs: 3000 });
  expect(left).toEqual([600, 15, 3]);
  expect(defaultTimeoutMs("/srlm.orchestration.v1.OrchestrationService/WatchRun")).toBe(Infinity);
  expect(defaultTimeoutMs("/srlm.inference.v1.InferenceService/DescribeEngine")).toBe(600_000);
});

it("ends with DEADLINE_EXCEEDED when nobody answers in time", async () => {
  const { peers } = await serve({
    async buildPairs(_request, { signal }) {
      await once(signal, "abort");
      return {};
    },
  });
  const started = performance.now();
  await expect(peers.pairing.buildPairs({}, { timeoutMs: 80 })).rejects.toMatchObject({
    code: 4,
    reason: "DEADLINE_EXCEEDED",
  });
  expect(performance.now() - started).toBeLessThan(1000);
});

it("never outlives the request that it serves", async () => {
  let inner = 0;
  const server = await bed.serve([
    {
      name: "pairing",
      create: async ({ peers }) => ({
        implementations: [
          implement(pairing.PairingServiceDefinition, {
            async buildPairs() {
              await peers.pairing.startPairing({}, { timeoutMs: 60_000 });
              return {};
            },
            async startPairing(_request, { deadline }) {
              inner = deadline - Date.now();
              return {};
            },
          }),
        ],
      }),
    },
  ]);
  await server.peers.pairing.buildPairs({}, { timeoutMs: 2000 });
  expect(inner).toBeGreaterThan(0);
  expect(inner).toBeLessThanOrEqual(2000);
});

it("stops a call when its signal aborts, at the server too", async () => {
  let stopped = false;
  const { peers } = await serve({
    async buildPairs(_request, { signal }) {
      await once(signal, "abort");
      stopped = true;
      return {};
    },
  });
  const abort = new AbortController();
  const call = peers.pairing.buildPairs({}, { signal: abort.signal });
  setTimeout(() => abort.abort(), 50);
  await expect(call).rejects.toMatchObject({ code: 1, reason: "CANCELLED" });
  while (!stopped) await new Promise((resolve) => setTimeout(resolve, 2));
});

it("says which address is missing", async () => {
  const peers = createPeers({ judging: "127.0.0.1:1" });
  expect(() => peers.inference).toThrow("services.inference.address");
  peers.close();
});

it("asks each service at its own address", async () => {
  const { address } = await serve({});
  const peers = createPeers({ pairing: address, local: "127.0.0.1:1" });
  await peers.pairing.buildPairs({});
  await expect(peers.judging.judge({}, { timeoutMs: 1500 })).rejects.toMatchObject({ retryable: true });
  peers.close();
});
