import { evaluation } from "@srlm/contracts";
import { implement, required, type ServiceModule } from "@srlm/service-kit";
import { compareAnswers } from "./compare-answers.ts";
import { readEvaluationSpec } from "./evaluation-tasks.ts";
import { evaluationJob } from "./job.ts";
import { summarizeEvaluations } from "./summarize-evaluations.ts";

/** How good a model is, and its judge: the one service that may know a ground truth outside the loop. */
export function evaluationService(): ServiceModule {
  return {
    name: "evaluation",
    async create({ jobs, artifacts, peers }) {
      return {
        implementations: [
          implement(evaluation.EvaluationServiceDefinition, {
            async compareAnswers(request, { signal }) {
              return { verdicts: await compareAnswers(request, peers, signal) };
            },
            async summarizeEvaluations(request, { signal }) {
              return summarizeEvaluations(request, { artifacts, signal });
            },
            async startEvaluation({ requestId, spec: given, labels }) {
              const spec = required(given, "spec");
              // What can be told from the spec alone is refused here and not by a job that fails.
              readEvaluationSpec(spec);
              return { job: await jobs.submit(evaluationJob, { requestId, spec, labels }) };
            },
          }),
        ],
        jobKinds: [evaluationJob],
      };
    },
  };
}
