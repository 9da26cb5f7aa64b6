import { events, orchestration } from "@srlm/contracts";
import type { Bucket, Bus } from "@srlm/messaging";
import { notFound } from "@srlm/service-kit";
import type { RunState, StageRecord } from "./run/run-state.ts";
import { type RunEvent, transition } from "./run/transition.ts";
import { loopVerdict } from "./run/verdict.ts";
import { toRunMessage, toStageMessage } from "./run-message.ts";

const BUCKET = "runs";
const PREFIX = "runs/";
const RUN_NAME = /^runs\/[a-z0-9-]{1,200}$/;

/**
 * Runs in the key-value bucket `runs`, changed by compare-and-set alone: whoever changes a run, and however many do at
 * once, no event is lost and each is applied to the run as it is.
 */
export class RunStore {
  readonly #bucket: Bucket;
  readonly #bus: Bus;
  readonly #now: () => number;

  private constructor(bucket: Bucket, bus: Bus, now: () => number) {
    this.#bucket = bucket;
    this.#bus = bus;
    this.#now = now;
  }

  static async open(bus: Bus, now: () => number = Date.now): Promise<RunStore> {
    return new RunStore(await bus.kv.open(BUCKET), bus, now);
  }

  now(): number {
    return this.#now();
  }

  /** The run as it is; undefined where there is none of that name. */
  async find(name: string): Promise<RunState | undefined> {
    if (!RUN_NAME.test(name)) return undefined;
    const entry = await this.#bucket.get(keyOf(name));
    return entry === undefined ? undefined : decode(entry.value);
  }

  /** NOT_FOUND (RUN_NOT_FOUND). */
  async load(name: string): Promise<RunState> {
    return (await this.find(name)) ?? unknownRun(name);
  }

  /** Keeps a new run; where there is one of that name already, that one stays. */
  async create(run: RunState): Promise<RunState> {
    const { ok } = await this.#bucket.create(keyOf(run.name), encode(run));
    return ok ? run : this.load(run.name);
  }

  /** Applies the event; tells others what changed. The run as it is then. */
  async apply(name: string, event: RunEvent): Promise<RunState> {
    for (;;) {
      const entry = RUN_NAME.test(name) ? await this.#bucket.get(keyOf(name)) : undefined;
      if (entry === undefined) return unknownRun(name);
      const before = decode(entry.value);
      const after = transition(before, event, this.#now());
      if (after === before) return before;
      const { ok } = await this.#bucket.update(entry.key, encode(after), entry.revision);
      if (!ok) continue;
      await this.#tell(before, after);
      return after;
    }
  }

  /** All runs, newest first. */
  async all(): Promise<RunState[]> {
    const entries = await this.#bucket.entries();
    return entries
      .map(({ value }) => decode(value))
      .sort((a, b) => b.createTime - a.createTime || (a.name < b.name ? -1 : 1));
  }

  /** The run as it is and at each change, until it has ended or the signal aborts. */
  async *watch(name: string, afterSequence: number, signal: AbortSignal): AsyncGenerator<RunState> {
    await this.load(name);
    for await (const { value } of this.#bucket.watch(keyOf(name), { signal })) {
      if (value === undefined) return;
      const run = decode(value);
      const ended = run.phase.phase === "ended";
      if (run.sequence > afterSequence || ended) yield run;
      if (ended) return;
    }
  }

  async #tell(before: RunState, after: RunState): Promise<void> {
    for (const [i, stage] of after.stages.entries()) {
      if (stage.status.state === before.stages[i]?.status.state) continue;
      await this.#publish("stage_changed", stageChanged(after, stage), `${after.name}:${after.sequence}:${stage.name}`);
    }
    if (after.phase.phase !== "ended" || before.phase.phase === "ended") return;
    const { state } = toRunMessage(after);
    const ended = { run: after.name, state, verdict: loopVerdict(after)?.code ?? "" };
    await this.#publish("ended", events.RunEnded.encode(ended).finish(), `${after.name}:${after.sequence}`);
  }

  async #publish(event: string, data: Uint8Array, id: string): Promise<void> {
    const subject = `srlm.v1.events.runs.${event}`;
    const headers = { "ce-specversion": "1.0", "ce-type": subject, "ce-source": id.split(":")[0] ?? "", "ce-id": id };
    await this.#bus.events.publish(subject, data, { id, headers });
  }
}

function stageChanged(run: RunState, stage: StageRecord): Uint8Array {
  const message = { run: run.name, stage: orchestration.Stage.fromPartial(toStageMessage(stage)) };
  return events.RunStageChanged.encode(message).finish();
}

function keyOf(name: string): string {
  return name.slice(PREFIX.length);
}

function encode(run: RunState): Uint8Array {
  return Buffer.from(JSON.stringify(run));
}

function decode(value: Uint8Array): RunState {
  return JSON.parse(Buffer.from(value).toString("utf8")) as RunState;
}

function unknownRun(name: string): never {
  throw notFound("RUN_NOT_FOUND", `no run is named ${JSON.stringify(name)}: ListRuns names those that there are`);
}
