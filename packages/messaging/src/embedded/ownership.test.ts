import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { open } from "lmdb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, text } from "../conformance/support.ts";
import { openEmbeddedBus } from "./embedded-bus.ts";
import { isAlive, newOwner } from "./owner.ts";

let directory: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "srlm-owner-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(directory, { recursive: true, force: true });
});

/** Runs `body` in a process of its own, with `bus` open on the directory; its printed lines can be read. */
async function runChild(body: string) {
  const source = new URL("./embedded-bus.ts", import.meta.url).pathname;
  const script = `
    import { runnerImport } from "vite";
    const { module } = await runnerImport(${JSON.stringify(source)}, { logLevel: "error", configFile: false });
    const bus = await module.openEmbeddedBus({ directory: ${JSON.stringify(directory)} });
    ${body}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, exit: once(child, "exit"), line: async () => (await lines.next()).value as string };
}

describe("ownership of the store", () => {
  it("refuses a second owner and names the first", async () => {
    const bus = await openEmbeddedBus({ directory });
    await expect(openEmbeddedBus({ directory })).rejects.toMatchObject({
      reason: "BUS_OWNED_ELSEWHERE",
      pid: process.pid,
    });
    await bus.close();
    const again = await openEmbeddedBus({ directory });
    await again.close();
  });

  it("refuses while another process lives, takes over when it was killed, with every write it was promised", async () => {
    const { child, exit, line } = await runChild(`
      const bucket = await bus.kv.open("b");
      for (let i = 0; ; i++) { await bucket.put("k." + i, new TextEncoder().encode(String(i))); console.log(i); }`);
    await line();
    await expect(openEmbeddedBus({ directory })).rejects.toThrow(`process ${child.pid} uses the store in ${directory}`);
    let promised = 0;
    while (promised < 100) promised = Number(await line());
    child.kill("SIGKILL");
    await exit;
    const bus = await openEmbeddedBus({ directory });
    const entries = await (await bus.kv.open("b")).entries();
    expect(entries.length).toBeGreaterThan(promised);
    for (const { key, value } of entries) expect(key).toBe(`k.${text(value)}`);
    expect(Math.max(...entries.map((entry) => entry.revision))).toBe(entries.length);
    await bus.close();
  });

  it("lets the process end after close, whatever was waiting", async () => {
    const { exit, line } = await runChild(`
      const queue = await bus.work.open("w", { leaseMs: 600_000, maxDeliveries: 3 });
      const bucket = await bus.kv.open("b");
      const sub = await bus.events.subscribe({ name: "s", filter: ">" });
      await bus.events.publish("e", new Uint8Array(1), { id: "1" });
      for (const id of ["1", "2"]) await queue.enqueue(new Uint8Array(1), { id });
      const items = queue.consume()[Symbol.asyncIterator]();
      await items.next();
      await (await items.next()).value.nak(600_000);
      await sub[Symbol.asyncIterator]().next();
      const watching = bucket.watch()[Symbol.asyncIterator]().next();
      await bus.close();
      console.log((await watching).done);`);
    expect(await line()).toBe("true");
    const [code] = (await exit) as [number];
    expect(code).toBe(0);
  });

  it("commits what was under way when it closed", async () => {
    const bus = await openEmbeddedBus({ directory });
    const writing = (await bus.kv.open("b")).put("k", bytes("1"));
    await bus.close();
    await writing;
    const again = await openEmbeddedBus({ directory });
    expect(text((await (await again.kv.open("b")).get("k"))?.value)).toBe("1");
    await again.close();
  });

  it("tells a later process with the same pid from the owner", () => {
    const owner = newOwner();
    expect(isAlive(owner)).toBe(true);
    expect(isAlive({ ...owner, startedAt: "1" })).toBe(false);
    expect(isAlive({ ...owner, startedAt: undefined })).toBe(true);
    expect(isAlive({ ...owner, startedAt: undefined, token: "another" })).toBe(false);
    expect(isAlive({ pid: process.ppid, startedAt: undefined, token: "another" })).toBe(true);
  });

  it("refuses a store of another format, and a folder that is a file", async () => {
    const root = open({ path: directory, noSubdir: false, maxDbs: 4 });
    await root.openDB<number, string>({ name: "#meta" }).put("format", 99);
    await root.close();
    await expect(openEmbeddedBus({ directory })).rejects.toMatchObject({ reason: "BUS_STORE_UNREADABLE" });
    await expect(openEmbeddedBus({ directory: import.meta.filename })).rejects.toMatchObject({
      reason: "BUS_STORE_UNREADABLE",
      field: "directory",
    });
  });
});
