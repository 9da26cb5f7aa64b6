import { defineConfig } from "vitest/config";

/** `npm run test:fixtures`: reference values made with PyTorch, transformers and TRL. Results are never cached. */
export default defineConfig({
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    include: ["test/parity/**/*.test.ts"],
    globalSetup: ["test/parity/global-setup.ts"],
    pool: "forks",
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
