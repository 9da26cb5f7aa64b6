import { samplingRecord } from "@srlm/artifacts";
import type { JudgeSettingRecord } from "../records.ts";
import type { Judged, JudgeSettings } from "./ask-judge.ts";

/** What a record keeps of how a judge came to its samples. */
export function judgeSettingRecord(settings: JudgeSettings, judged: Judged): JudgeSettingRecord {
  return {
    model_sha256: settings.model.sha256,
    rubric_sha256: judged.rubricSha256,
    sampling: samplingRecord(judged.sampling),
    seed: settings.seed,
    engine_fingerprint: judged.engineFingerprint,
  };
}
