// Runs what `wrangler deploy --dry-run` has put into dist/, in workerd.
import { Miniflare } from "miniflare";

const worker = new Miniflare({
  modules: true,
  rootPath: "dist",
  scriptPath: "worker.js",
  modulesRules: [
    { type: "ESModule", include: ["**/*.js"] },
    { type: "CompiledWasm", include: ["**/*.wasm"] },
  ],
  compatibilityDate: "2026-04-01",
});
try {
  const response = await worker.dispatchFetch("http://localhost/");
  console.log(await response.text());
} finally {
  await worker.dispose();
}
