import { orchestration } from "@srlm/contracts";
import { expect, it } from "vitest";
import { timings } from "./timings.ts";

it("gives seconds and tokens a second of each stage that ran", () => {
  const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1000);
  const run = orchestration.Run.fromPartial({
    name: "runs/a",
    createTime: at(0),
    endTime: at(60),
    stages: [
      { name: "M0/training", kind: "training", startTime: at(1), endTime: at(5), metrics: { tokens: 1000 } },
      { name: "M2/pairing", kind: "pairing", startTime: at(5), endTime: at(5) },
      { name: "M2/training", kind: "training" },
    ],
  });
  expect(timings(run)).toEqual({
    run: "runs/a",
    started: "2023-11-14T22:13:20.000Z",
    seconds: 60,
    stages: [
      { stage: "M0/training", kind: "training", seconds: 4, tokens: 1000, tokens_per_second: 250 },
      { stage: "M2/pairing", kind: "pairing", seconds: 0 },
    ],
  });
});
