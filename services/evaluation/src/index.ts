/** The evaluation service. */
export * from "./metrics/index.ts";
export {
  type EvaluatedAnswerRecord,
  type EvaluatedGroupRecord,
  evaluatedAnswerKind,
  evaluatedGroupKind,
} from "./records.ts";
export { evaluationService } from "./service.ts";
