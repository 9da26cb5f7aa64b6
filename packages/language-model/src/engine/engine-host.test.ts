/** Runs on compiled children: `tsc -b packages/language-model` goes before. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { EngineHost, type EngineHostOptions } from "./engine-host.ts";
import { EnginePool } from "./engine-pool.ts";

const entry = new URL("../../dist/testing/echo-engine.js", import.meta.url);
const open: { close(): Promise<void> }[] = [];
const children: number[] = [];

function host(options: Partial<EngineHostOptions> = {}): EngineHost {
  const made = new EngineHost({ entry, ...options });
  open.push(made);
  return made;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function eventually(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await sleep(10);
  expect(condition()).toBe(true);
}

/** Every test closes what it opened; a process that is left over fails it. */
afterEach(async () => {
  await Promise.all(open.splice(0).map((engine) => engine.close()));
  const left = children.splice(0).filter(alive);
  if (left.length > 0) throw new Error(`engine processes left over: ${left.join(", ")}`);
});

describe("EngineHost", () => {
  it("answers requests from one process, typed arrays as themselves", async () => {
    const engine = host();
    const params = { ids: Int32Array.of(1, 2, 3), values: new Float32Array(9).subarray(2, 4) };
    expect(await engine.request("echo", params)).toEqual(params);
    const pid = await engine.request<number>("pid", null);
    children.push(pid);
    expect(pid).not.toBe(process.pid);
    expect(pid).toBe(engine.pid);
    expect(await engine.request("pid", null)).toBe(pid);
  });

  it("streams progress in order, before the result", async () => {
    const seen: number[] = [];
    const result = await host().request<number>("count", 5, { onProgress: (value: number) => seen.push(value) });
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(result).toBe(5);
  });

  it("passes errors on with reason, field and value", async () => {
    const engine = host();
    await expect(engine.request("refuse", "7")).rejects.toMatchObject({
      reason: "PROMPT_TOO_LONG",
      message: "too long",
      field: "prompt",
      value: "7",
    });
    await expect(engine.request("fault", null)).rejects.toMatchObject({
      reason: "ENGINE_FAILED",
      message: "a fault of the program",
    });
    await expect(engine.request("nothing", null)).rejects.toThrow('no method "nothing"');
    expect(await engine.request("echo", 1)).toBe(1);
  });

  it("cancels a running and a queued request, and goes on with others", async () => {
    const engine = host();
    const running = new AbortController();
    const queued = new AbortController();
    const first = engine.request("forever", null, { signal: running.signal });
    const second = engine.request("forever", null, { signal: queued.signal });
    const third = engine.request("echo", "still here");
    first.catch(() => {});
    second.catch(() => {});
    await eventually(() => engine.pid !== undefined);
    queued.abort();
    await expect(second).rejects.toMatchObject({ reason: "CANCELLED" });
    running.abort();
    await expect(first).rejects.toMatchObject({ reason: "CANCELLED" });
    expect(await third).toBe("still here");
    await expect(engine.request("echo", 1, { signal: running.signal })).rejects.toMatchObject({ reason: "CANCELLED" });
  });

  it("fails what is in flight when the process dies, with its last words, and starts it again", async () => {
    const engine = host();
    const before = await engine.request<number>("pid", null);
    const crashed = engine.request("crash", null);
    const behind = engine.request("echo", 1);
    behind.catch(() => {});
    await expect(crashed).rejects.toMatchObject({ reason: "ENGINE_CRASHED" });
    await expect(crashed).rejects.toThrow(/SIGKILL.*out of memory/s);
    await expect(behind).rejects.toMatchObject({ reason: "ENGINE_CRASHED" });
    const after = await engine.request<number>("pid", null);
    expect(after).not.toBe(before);
    children.push(before, after);
  });

  it("survives a kill from outside", async () => {
    const engine = host();
    const pid = await engine.request<number>("pid", null);
    const lost = engine.request("forever", null);
    process.kill(pid, "SIGKILL");
    await expect(lost).rejects.toMatchObject({ reason: "ENGINE_CRASHED" });
    expect(await engine.request("echo", 2)).toBe(2);
  });

  it("ends an idle process after keep-alive and starts it for the next request", async () => {
    const engine = host({ keepAliveMs: 50 });
    const pid = await engine.request<number>("pid", null);
    await eventually(() => !alive(pid));
    expect(await engine.request<number>("pid", null)).not.toBe(pid);
  });

  it("reports a failed self-test, and a process that is never ready", async () => {
    const failing = host({ env: { ECHO_ENGINE_FAULT: "throw" } });
    await expect(failing.request("echo", 1)).rejects.toMatchObject({
      reason: "ENGINE_FAILED",
      message: "self-test: 1 != 2",
    });
    const hanging = host({ env: { ECHO_ENGINE_FAULT: "hang" }, startTimeoutMs: 400 });
    await expect(hanging.request("echo", 1)).rejects.toThrow(/not ready after 400 ms/);
  });

  it("closes: requests in flight and later ones fail, and the process is gone", async () => {
    const engine = host();
    const pid = await engine.request<number>("pid", null);
    const lost = engine.request("forever", null);
    lost.catch(() => {});
    await engine.close();
    await expect(lost).rejects.toMatchObject({ reason: "ENGINE_CLOSED" });
    await expect(engine.request("echo", 1)).rejects.toMatchObject({ reason: "ENGINE_CLOSED" });
    expect(alive(pid)).toBe(false);
  });
});

it("does not outlive a host that is killed", async () => {
  const program = `
    import { EngineHost } from ${JSON.stringify(new URL("../../dist/engine/engine-host.js", import.meta.url).href)};
    const host = new EngineHost({ entry: new URL(${JSON.stringify(entry.href)}) });
    console.log(await host.request("pid", null));
    await host.request("forever", null);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  expect(alive(pid)).toBe(true);
  parent.kill("SIGKILL");
  await eventually(() => !alive(pid));
});

it("lets a host's process end by itself while an engine is idle", async () => {
  const program = `
    import { EngineHost } from ${JSON.stringify(new URL("../../dist/engine/engine-host.js", import.meta.url).href)};
    const host = new EngineHost({ entry: new URL(${JSON.stringify(entry.href)}) });
    console.log(await host.request("pid", null));`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  expect(await once(parent, "exit")).toEqual([0, null]);
  await eventually(() => !alive(Number(line.toString())));
});

describe("EnginePool", () => {
  it("spreads requests over its processes, and uses one where one is enough", async () => {
    const pool = new EnginePool({ entry }, 2);
    open.push(pool);
    const busy = await Promise.all([pool.request<number>("pid", null), pool.request<number>("pid", null)]);
    expect(new Set(busy).size).toBe(2);
    expect(await pool.request<number>("pid", null)).toBe(await pool.request<number>("pid", null));
    children.push(...busy);
  });

  it("refuses a size below one", () => {
    expect(() => new EnginePool({ entry }, 0)).toThrow("size 0");
  });
});
