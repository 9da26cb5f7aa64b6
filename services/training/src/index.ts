export { type DpoOptions, type DpoPair, type DpoResult, dpoLoss } from "./losses/dpo.ts";
export { type WeightedNll, weightedNll } from "./losses/weighted-nll.ts";
export { type Schedule, scheduleFactor } from "./schedule.ts";
export { type TrainingOptions, trainingService } from "./service.ts";
