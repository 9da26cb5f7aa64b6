import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BusUnderTest, describeBus } from "../conformance.ts";
import { openEmbeddedBus } from "./embedded-bus.ts";

async function under(directory: string): Promise<BusUnderTest> {
  const bus = await openEmbeddedBus({ directory });
  return {
    bus,
    reopen: async () => {
      await bus.close();
      return under(directory);
    },
    dispose: async () => {
      await bus.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

describeBus("the embedded bus", async () => under(await mkdtemp(join(tmpdir(), "srlm-bus-"))));
