import { EventEmitter, on } from "node:events";
import { health } from "@srlm/contracts";
import { notFound } from "../errors/errors.ts";
import { type Implementation, implement } from "../handlers.ts";

type ServingStatus = health.HealthCheckResponse_ServingStatus;
const { SERVING, NOT_SERVING, SERVICE_UNKNOWN } = health.HealthCheckResponse_ServingStatus;

/** Health of the process ("") and of each service by its full name, as grpc.health.v1 tells it. */
export class Health {
  readonly #changes = new EventEmitter().setMaxListeners(0);
  readonly #names: ReadonlySet<string>;
  #serving = false;

  constructor(names: Iterable<string>) {
    this.#names = new Set(["", ...names]);
  }

  set(serving: boolean): void {
    this.#serving = serving;
    this.#changes.emit("change");
  }

  statusOf(service: string): ServingStatus {
    if (!this.#names.has(service)) return SERVICE_UNKNOWN;
    return this.#serving ? SERVING : NOT_SERVING;
  }

  implementation(): Implementation {
    return implement(health.HealthDefinition, {
      check: async ({ service }) => {
        const status = this.statusOf(service);
        if (status === SERVICE_UNKNOWN) {
          throw notFound("SERVICE_UNKNOWN", `service ${JSON.stringify(service)} is not served here`);
        }
        return { status };
      },
      watch: ({ service }, { signal }) => this.#watch(service, signal),
    });
  }

  async *#watch(service: string, signal: AbortSignal): AsyncGenerator<{ status: ServingStatus }> {
    if (signal.aborted) return;
    const changes = on(this.#changes, "change", { signal });
    let last = this.statusOf(service);
    yield { status: last };
    try {
      for await (const _ of changes) {
        const status = this.statusOf(service);
        if (status === last) continue;
        last = status;
        yield { status };
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
