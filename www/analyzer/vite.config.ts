import { defineConfig } from "vitest/config";

import { contentSecurityPolicy } from "./build/content-security-policy.ts";
import { licenses } from "./build/licenses.ts";
import { offline } from "./build/offline.ts";

export default defineConfig({
  // Every address in the output is relative, so the page works from any sub-path.
  base: "./",
  plugins: [contentSecurityPolicy(), licenses(), offline()],
  build: {
    target: "es2022",
    // The samples stay files of their own: as data: URLs they would need a hole in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
  worker: { format: "es" },
  // the development server reads the npm package, which is built in target/npm
  server: { fs: { allow: [".", "../../target/npm"] } },
  test: { include: ["src/**/*.test.ts"] },
});
