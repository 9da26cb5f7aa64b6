export * from "./artifact-error.ts";
export * from "./artifact-manifest.ts";
export * from "./artifact-ref.ts";
export * from "./artifact-store.ts";
