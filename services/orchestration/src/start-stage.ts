import { jobs } from "@srlm/contracts";
import { internal, type Peers } from "@srlm/service-kit";
import type { RunState, StageRecord } from "./run/run-state.ts";
import { type StageRequest, stageRequest } from "./run/specs/stage-request.ts";

/** Labels of a stage's job; by them its events and its job are found. */
export function stageLabels(run: string, stage: string): { run: string; stage: string } {
  return { run, stage };
}

/** Starts the job of a stage, or finds the one that was started: the request id is a function of run and stage. */
export async function startStage(
  run: RunState,
  { name, role }: StageRecord,
  peers: Peers,
  signal: AbortSignal,
): Promise<jobs.Job> {
  if (role.type === "report") throw internal("the report is no job");
  const header = { requestId: `${run.name}/${name}`, labels: stageLabels(run.name, name) };
  const { job } = await call(stageRequest(run, role), header, peers, signal);
  if (job === undefined) throw internal(`the service that runs ${name} answered without a job`);
  return job;
}

interface Header {
  readonly requestId: string;
  readonly labels: Record<string, string>;
}

function call(
  request: StageRequest,
  header: Header,
  peers: Peers,
  signal: AbortSignal,
): Promise<{ job?: jobs.Job | undefined }> {
  const options = { signal };
  switch (request.call) {
    case "startTokenizerTraining":
      return peers.tokenization.startTokenizerTraining({ ...header, spec: request.spec }, options);
    case "startTokenization":
      return peers.tokenization.startTokenization({ ...header, spec: request.spec }, options);
    case "startTraining":
      return peers.training.startTraining({ ...header, spec: request.spec }, options);
    case "startPromptGeneration":
      return peers.prompting.startPromptGeneration({ ...header, spec: request.spec }, options);
    case "startSampling":
      return peers.inference.startSampling({ ...header, spec: request.spec }, options);
    case "startJudging":
      return peers.judging.startJudging({ ...header, spec: request.spec }, options);
    case "startPairing":
      return peers.pairing.startPairing({ ...header, spec: request.spec }, options);
    case "startEvaluation":
      return peers.evaluation.startEvaluation({ ...header, spec: request.spec }, options);
  }
}
