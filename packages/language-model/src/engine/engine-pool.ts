import { EngineHost, type EngineHostOptions, type EngineRequestOptions } from "./engine-host.ts";

/**
 * `size` engine processes of one kind; each request goes to the one with the fewest requests in flight (the first of
 * equals, so that light use keeps one engine warm). On wasm, whose kernels use one thread, one engine per core.
 */
export class EnginePool {
  private readonly hosts: readonly EngineHost[];

  constructor(options: EngineHostOptions, size: number) {
    if (!Number.isSafeInteger(size) || size < 1)
      throw new RangeError(`size ${size} of an engine pool must be at least 1`);
    this.hosts = Array.from({ length: size }, () => new EngineHost(options));
  }

  get size(): number {
    return this.hosts.length;
  }

  /** Process ids of the engines that live now. */
  pids(): number[] {
    return this.hosts.flatMap(({ pid }) => pid ?? []);
  }

  /** As `EngineHost.request`. */
  request<Result>(method: string, params: unknown, options?: EngineRequestOptions): Promise<Result> {
    const host = this.hosts.reduce((best, candidate) => (candidate.load < best.load ? candidate : best));
    return host.request<Result>(method, params, options);
  }

  async close(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.close()));
  }
}
