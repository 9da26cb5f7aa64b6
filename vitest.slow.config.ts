import { defineConfig } from "vitest/config";

/** The slow suites of `npm run test:full`. */
export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["packages/*/src/**/*.slow.test.ts", "services/*/src/**/*.slow.test.ts", "test/**/*.slow.test.ts"],
    exclude: ["**/dist/**", "**/node_modules/**"],
    pool: "forks",
    fileParallelism: false,
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
  },
});
