export { type InferenceOptions, inferenceService } from "./service.ts";
