export { tokenizationService } from "./service.ts";
