/** Ground truth of the tiny world. Only evaluation may import it: the loop learns from its own judgements alone. */
export { type Demand, readInstruction } from "./instruction.ts";
export { type Criteria, type Verdict, verify } from "./verify.ts";
