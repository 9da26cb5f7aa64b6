/** The tiny world: the data of the built-in demonstration. Ground truth is another package, which this one never sees. */
export * from "./annotators.ts";
export * from "./documents.ts";
export * from "./expert.ts";
export * from "./format.ts";
export * from "./generate.ts";
export * from "./held-out.ts";
export { Random } from "./random.ts";
export * from "./seeds.ts";
export * from "./world.ts";
