import { once } from "node:events";
import { join } from "node:path";
import { Client, credentials, Metadata, type MethodDefinition, type StatusObject } from "@grpc/grpc-js";
import { health, jobs as jobsContract, pairing } from "@srlm/contracts";
import { createChannel, createClient } from "nice-grpc";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createPeers } from "../client/create-peers.ts";
import { invalidArgument } from "../errors/errors.ts";
import { type Handlers, implement } from "../handlers.ts";
import type { ServiceModule } from "../service-module.ts";
import { TestBed } from "../testing/test-bed.ts";

type PairingHandlers = Handlers<typeof pairing.PairingServiceDefinition>;

let bed: TestBed;
beforeEach(async () => {
  bed = await TestBed.open();
});
afterEach(() => bed.close());

/** A pairing service of which the test gives one handler. */
function pairingModule(buildPairs: PairingHandlers["buildPairs"]): ServiceModule {
  const handlers: PairingHandlers = { buildPairs, startPairing: async () => ({}) };
  return {
    name: "pairing",
    create: async () => ({ implementations: [implement(pairing.PairingServiceDefinition, handlers)] }),
  };
}

const method = <Request, Response>(path: string): MethodDefinition<Request, Response> => ({
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: () => Buffer.alloc(0),
  requestDeserialize: () => ({}) as Request,
  responseSerialize: () => Buffer.alloc(0),
  responseDeserialize: () => ({}) as Response,
});

/** A call by a client of another make, that does not set anything by itself. */
function plainCall(address: string, path: string, deadline?: number): Promise<StatusObject> {
  const client = new Client(address, credentials.createInsecure());
  const { requestSerialize, responseDeserialize } = method<object, object>(path);
  const options = deadline === undefined ? {} : { deadline };
  const call = client.makeUnaryRequest(
    path,
    requestSerialize,
    responseDeserialize,
    {},
    new Metadata(),
    options,
    () => {},
  );
  return once(call, "status").then(([status]) => {
    client.close();
    return status as StatusObject;
  });
}

const BUILD_PAIRS = "/srlm.pairing.v1.PairingService/BuildPairs";

it("refuses a call without deadline, and takes it with one", async () => {
  let served = 0;
  const { address } = await bed.serve([
    pairingModule(async () => {
      served++;
      return {};
    }),
  ]);
  const refused = await plainCall(address, BUILD_PAIRS);
  expect(refused).toMatchObject({ code: 3 });
  expect(refused.details).toContain("needs a deadline");
  expect(Buffer.from(refused.metadata.get("grpc-status-details-bin")[0]!).toString("latin1")).toContain(
    "DEADLINE_REQUIRED",
  );
  expect(served).toBe(0);
  expect((await plainCall(address, BUILD_PAIRS, Date.now() + 5000)).code).toBe(0);
  expect(served).toBe(1);
});

it("stops the handler when the deadline passes", async () => {
  let aborted: () => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    aborted = resolve;
  });
  const { address } = await bed.serve([
    pairingModule(async (_request, { signal, deadline }) => {
      expect(deadline - Date.now()).toBeLessThanOrEqual(100);
      await once(signal, "abort");
      aborted();
      return {};
    }),
  ]);
  expect(await plainCall(address, BUILD_PAIRS, Date.now() + 100)).toMatchObject({ code: 4 });
  await stopped;
});

it("carries code, reason, fields and metadata of an error to the client, and not the cause", async () => {
  const { peers } = await bed.serve([
    pairingModule(async () => {
      throw invalidArgument("groups[2].mean", "must be in [0, 5], got 7", "MEAN_OUT_OF_RANGE");
    }),
  ]);
  await expect(peers.pairing.buildPairs({})).rejects.toMatchObject({
    name: "ServiceError",
    code: 3,
    reason: "MEAN_OUT_OF_RANGE",
    message: "groups[2].mean must be in [0, 5], got 7",
    fields: [{ field: "groups[2].mean", description: "must be in [0, 5], got 7" }],
  });
});

it("answers an unknown exception with INTERNAL, and logs what it was with the request id", async () => {
  const { peers } = await bed.serve([
    pairingModule(async () => {
      throw new Error("password is swordfish");
    }),
  ]);
  const error = await peers.pairing.buildPairs({}).catch((thrown: unknown) => thrown as Error);
  expect(error).toMatchObject({ code: 13, reason: "INTERNAL" });
  expect((error as Error).message).not.toContain("swordfish");
  const line = bed.log.lines.find((entry) => JSON.stringify(entry).includes("swordfish"));
  expect(line).toMatchObject({ level: 50, method: BUILD_PAIRS, requestId: expect.any(String) as string });
});

it("takes the client's request id, hands it to the handler and on to further calls, and gives it back", async () => {
  const seen: string[] = [];
  const { peers, address } = await bed.serve([
    {
      name: "pairing",
      create: async (context) => ({
        implementations: [
          implement(pairing.PairingServiceDefinition, {
            async buildPairs(_request, { requestId }) {
              seen.push(requestId);
              await context.peers.pairing.startPairing({});
              return {};
            },
            async startPairing(_request, { requestId }) {
              seen.push(requestId);
              return {};
            },
          }),
        ],
      }),
    },
  ]);
  const channel = createChannel(address);
  const client = createClient(pairing.PairingServiceDefinition, channel);
  const { Metadata: NiceMetadata } = await import("nice-grpc-common");
  let returned: string | undefined;
  await client.buildPairs(
    {},
    {
      metadata: NiceMetadata({ "x-request-id": "trace/42", "grpc-timeout": "5000m" }),
      onTrailer: (trailer) => {
        returned = trailer.get("x-request-id");
      },
    },
  );
  channel.close();
  expect(seen).toEqual(["trace/42", "trace/42"]);
  expect(returned).toBe("trace/42");
  await peers.pairing.buildPairs({}, { metadata: NiceMetadata({ "x-request-id": "not an id" }) });
  expect(seen[2]).toMatch(/^[0-9a-f-]{36}$/);
});

it("limits the size of messages", async () => {
  const { peers } = await bed.serve([pairingModule(async () => ({}))], { maxMessageBytes: 1000 });
  await expect(peers.pairing.startPairing({ requestId: "x".repeat(2000) })).rejects.toMatchObject({ code: 8 });
  await peers.pairing.startPairing({ requestId: "x".repeat(500) });
});

it("tells health per service and overall, without a deadline", async () => {
  const { address } = await bed.serve([pairingModule(async () => ({}))]);
  const channel = createChannel(address);
  const client: health.HealthClient = createClient(health.HealthDefinition, channel);
  const { SERVING } = health.HealthCheckResponse_ServingStatus;
  for (const service of ["", "srlm.pairing.v1.PairingService", "srlm.jobs.v1.JobService"]) {
    expect(await client.check(health.HealthCheckRequest.create({ service }))).toEqual({ status: SERVING });
  }
  await expect(
    client.check(health.HealthCheckRequest.create({ service: "srlm.judging.v1.JudgingService" })),
  ).rejects.toMatchObject({ code: 5 });
  channel.close();
});

it("counts calls by method and code", async () => {
  const { peers, metrics } = await bed.serve([pairingModule(async () => ({}))]);
  await peers.pairing.buildPairs({});
  await peers.jobs.getJob({ name: "jobs/none-0" }).catch(() => {});
  const text = await metrics.registry.metrics();
  expect(text).toContain(`srlm_rpc_seconds_count{method="${BUILD_PAIRS}",code="OK"} 1`);
  expect(text).toContain('srlm_rpc_seconds_count{method="/srlm.jobs.v1.JobService/GetJob",code="NOT_FOUND"} 1');
  expect(text).toContain(`srlm_rpc_in_flight{method="${BUILD_PAIRS}"} 0`);
});

it("listens on a unix socket", async () => {
  const listen = `unix:${join(bed.directory, "s")}`;
  const { address } = await bed.serve([pairingModule(async () => ({}))], { listen });
  expect(address).toBe(listen);
  const peers = createPeers({ local: address });
  expect(await peers.pairing.buildPairs({})).toMatchObject({ pairs: [] });
  peers.close();
});

it("refuses two services with one job kind, and lets the port go", async () => {
  const { countingKind, moduleOf } = await import("../testing/test-bed.ts");
  await expect(bed.serve([moduleOf(countingKind()), moduleOf(countingKind())])).rejects.toThrow("job kind counting");
});

it("drains: says so, lets calls end, ends watches, takes no new ones", async () => {
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let entered: () => void = () => {};
  const began = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const server = await bed.serve([
    pairingModule(async () => {
      entered();
      await held;
      return {};
    }),
  ]);
  const { NOT_SERVING, SERVING } = health.HealthCheckResponse_ServingStatus;
  const channel = createChannel(server.address);
  const statuses: number[] = [];
  const watching = (async () => {
    for await (const { status } of createClient(health.HealthDefinition, channel).watch({})) statuses.push(status);
  })().catch((error: unknown) => error);
  const peers = createPeers({ local: server.address });
  const call = peers.pairing.buildPairs({});
  await began;
  while (statuses.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  const drained = server.drain({ finishMs: 2000 });
  expect(await watching).toMatchObject({ code: 14 });
  expect(statuses).toEqual([SERVING, NOT_SERVING]);
  release();
  expect(await call).toMatchObject({ pairs: [] });
  await drained;
  await expect(peers.pairing.buildPairs({}, { timeoutMs: 300 })).rejects.toMatchObject({ retryable: true });
  peers.close();
  channel.close();
});

it("cancels a call that does not end while the server drains", async () => {
  const server = await bed.serve([
    pairingModule(async (_request, { signal }) => {
      await once(signal, "abort");
      return {};
    }),
  ]);
  const peers = createPeers({ local: server.address });
  const call = peers.pairing.buildPairs({}).catch((error: unknown) => error);
  while ((await server.metrics.rpcInFlight.get()).values[0]?.value !== 1) await new Promise((r) => setTimeout(r, 2));
  const started = performance.now();
  await server.drain({ finishMs: 50 });
  expect(performance.now() - started).toBeLessThan(1500);
  expect(await call).toMatchObject({ name: "ServiceError" });
  peers.close();
});

it("watches a job over the wire without a deadline", async () => {
  const { countingKind, moduleOf, testSpec } = await import("../testing/test-bed.ts");
  const kind = countingKind();
  const { peers, jobs } = await bed.serve([moduleOf(kind)]);
  const { name } = await jobs.submit(kind, { requestId: "r", spec: testSpec() });
  const states: number[] = [];
  for await (const { job } of peers.jobs.watchJob({ name })) states.push(job!.state);
  expect(states.at(-1)).toBe(jobsContract.JobState.SUCCEEDED);
});
