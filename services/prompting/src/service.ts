/** The prompting service: the job that makes new prompts. */
import { prompting } from "@srlm/contracts";
import { implement, type ServiceModule } from "@srlm/service-kit";
import { checkSpec } from "./check-spec.ts";
import { promptGenerationJob } from "./job.ts";

export function promptingService(): ServiceModule {
  return {
    name: "prompting",
    async create({ jobs }) {
      return {
        implementations: [
          implement(prompting.PromptingServiceDefinition, {
            async startPromptGeneration({ requestId, spec, labels }) {
              return { job: await jobs.submit(promptGenerationJob, { requestId, spec: checkSpec(spec), labels }) };
            },
          }),
        ],
        jobKinds: [promptGenerationJob],
      };
    },
  };
}
