import { mkdir } from "node:fs/promises";
import { type Database, open, type RootDatabase } from "lmdb";
import { type Bus, type BusDurability, type BusLimits, MAX_MESSAGE_BYTES } from "../bus.ts";
import { BusError } from "../bus-error.ts";
import { LmdbKeyValue, MAX_BUCKETS } from "./lmdb-key-value.ts";
import { MemoryEvents } from "./memory-events.ts";
import { MemoryWork } from "./memory-work.ts";
import { assertWhole } from "./message.ts";
import { forgetOwner, isAlive, newOwner, type Owner } from "./owner.ts";
import { RecentIds } from "./recent-ids.ts";

export interface EmbeddedBusOptions {
  /** Folder of the store; made if it does not exist. One process at a time owns it. */
  readonly directory: string;
  /** Default two minutes, as in JetStream. */
  readonly duplicateWindowMs?: number;
}

const DEFAULT_DUPLICATE_WINDOW_MS = 120_000;
/** Grows when the layout on disk changes; another number is refused, not guessed at. */
const STORE_FORMAT = 1;
const OWNER_KEY = "owner";
const FORMAT_KEY = "format";

type Meta = Database<Owner | number, string>;

async function openStore(directory: string): Promise<RootDatabase> {
  try {
    await mkdir(directory, { recursive: true });
    // Without overlapping sync a commit is on disk when it resolves, not some milliseconds later.
    return open({ path: directory, noSubdir: false, maxDbs: MAX_BUCKETS + 2, overlappingSync: false });
  } catch (cause) {
    throw new BusError("BUS_STORE_UNREADABLE", `cannot open the store in ${directory}: ${(cause as Error).message}`, {
      field: "directory",
      value: directory,
      cause,
    });
  }
}

/** Reads and writes the owner in one write transaction, which LMDB grants to one process at a time. */
function takeOwnership(meta: Meta, directory: string, owner: Owner): BusError | undefined {
  return meta.transactionSync(() => {
    const format = meta.get(FORMAT_KEY);
    if (format !== undefined && format !== STORE_FORMAT) {
      return new BusError(
        "BUS_STORE_UNREADABLE",
        `the store in ${directory} has format ${JSON.stringify(format)}, this version reads ${STORE_FORMAT}: use the version that wrote it, or another folder`,
        { field: "directory", value: directory },
      );
    }
    const holder = meta.get(OWNER_KEY);
    if (typeof holder === "object" && isAlive(holder)) {
      return new BusError(
        "BUS_OWNED_ELSEWHERE",
        `process ${holder.pid} uses the store in ${directory}: stop it, or name another folder`,
        { field: "directory", value: directory, pid: holder.pid },
      );
    }
    meta.putSync(FORMAT_KEY, STORE_FORMAT);
    meta.putSync(OWNER_KEY, owner);
    return undefined;
  });
}

class EmbeddedBus implements Bus {
  readonly durability: BusDurability = { kv: "durable", events: "memory", work: "memory" };
  readonly limits: BusLimits;
  readonly events: MemoryEvents;
  readonly work: MemoryWork;
  readonly kv: LmdbKeyValue;
  readonly #root: RootDatabase;
  readonly #meta: Meta;
  readonly #owner: Owner;
  #closing: Promise<void> | undefined;

  constructor(root: RootDatabase, meta: Meta, owner: Owner, duplicateWindowMs: number) {
    const assertOpen = () => {
      if (this.#closing) throw new BusError("BUS_CLOSED", "the bus is closed");
    };
    this.limits = { duplicateWindowMs, maxMessageBytes: MAX_MESSAGE_BYTES };
    this.events = new MemoryEvents(assertOpen, new RecentIds(duplicateWindowMs));
    this.work = new MemoryWork(assertOpen, duplicateWindowMs);
    this.kv = new LmdbKeyValue(root, assertOpen);
    this.#root = root;
    this.#meta = meta;
    this.#owner = owner;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.events.close();
    this.work.close();
    this.kv.close();
    // Queued after the writes that are under way, so these are committed by an owner.
    await this.#meta.remove(OWNER_KEY);
    await this.#root.close();
    forgetOwner(this.#owner);
  }
}

/**
 * The bus of one process: key-value in LMDB, events and work in memory.
 *
 * Errors: BUS_OWNED_ELSEWHERE naming the process that has the folder (the record of a dead one is taken over);
 * BUS_STORE_UNREADABLE; INVALID_OPTION.
 */
export async function openEmbeddedBus(options: EmbeddedBusOptions): Promise<Bus> {
  const duplicateWindowMs = options.duplicateWindowMs ?? DEFAULT_DUPLICATE_WINDOW_MS;
  assertWhole(duplicateWindowMs, "options.duplicateWindowMs", 1);
  const root = await openStore(options.directory);
  const meta: Meta = root.openDB<Owner | number, string>({ name: "#meta" });
  const owner = newOwner();
  const refusal = takeOwnership(meta, options.directory, owner);
  if (refusal) {
    forgetOwner(owner);
    await root.close();
    throw refusal;
  }
  return new EmbeddedBus(root, meta, owner, duplicateWindowMs);
}
