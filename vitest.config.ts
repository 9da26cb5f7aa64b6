import { defineConfig } from "vitest/config";

/** Tests run on the sources: every workspace package exports its `src` under the condition `source`. */
export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "services/*/src/**/*.test.ts",
      "test/{architecture,contract,e2e}/**/*.test.ts",
    ],
    exclude: ["**/dist/**", "**/node_modules/**", "**/*.slow.test.ts"],
    pool: "forks",
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
