import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TestBed } from "../testing/test-bed.ts";
import { boundAddress, prepareListen } from "./listen-address.ts";

let bed: TestBed;
beforeEach(async () => {
  bed = await TestBed.open();
});
afterEach(() => bed.close());

it("takes over the socket of a killed process, and leaves that of a living one", async () => {
  const path = join(bed.directory, "s");
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script]);
  expect(existsSync(path)).toBe(true);
  const server = await bed.serve([], { listen: `unix:${path}` });
  await expect(server.peers.jobs.getJob({ name: "jobs/none-0" })).rejects.toMatchObject({ code: 5 });
  await expect(bed.serve([], { listen: `unix:${path}` })).rejects.toMatchObject({ reason: "ADDRESS_IN_USE" });
  await expect(server.peers.jobs.getJob({ name: "jobs/none-0" })).rejects.toMatchObject({ code: 5 });
  await server.drain({ finishMs: 0 });
  expect(existsSync(path)).toBe(false);
});

it.each(["localhost", "localhost:99999", ":80", `unix:/${"x".repeat(120)}`, ""])("refuses %j", async (listen) => {
  await expect(prepareListen(listen)).rejects.toMatchObject({ reason: "LISTEN_ADDRESS_INVALID" });
});

it("says which port is taken", async () => {
  const { address } = await bed.serve([]);
  await expect(bed.serve([], { listen: address })).rejects.toMatchObject({
    reason: "LISTEN_FAILED",
    message: expect.stringContaining(address) as string,
  });
});

it("knows the address with the bound port", () => {
  expect(boundAddress("127.0.0.1:0", 4711)).toBe("127.0.0.1:4711");
  expect(boundAddress("[::1]:0", 4711)).toBe("[::1]:4711");
  expect(boundAddress("unix:/run/s", 1)).toBe("unix:/run/s");
});
