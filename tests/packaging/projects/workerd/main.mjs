// Runs what `wrangler deploy --dry-run` has put into dist/, in workerd: the scenario, and a mail, which
// Cloudflare hands over as a stream.
import { Miniflare } from "miniflare";
import { input } from "./input.mjs";

const worker = new Miniflare({
  modules: true,
  rootPath: "dist",
  scriptPath: "worker.js",
  modulesRules: [
    { type: "ESModule", include: ["**/*.js"] },
    { type: "CompiledWasm", include: ["**/*.wasm"] },
  ],
  compatibilityDate: "2026-04-01",
  unsafeTriggerHandlers: true,
});
try {
  const mail = await worker.dispatchFetch(
    "http://localhost/cdn-cgi/handler/email?from=joe@football.example.com&to=suzie@shopping.example.net",
    { method: "POST", body: input.messages.pass },
  );
  const said = await mail.text();
  if (!said.includes("message.raw: pass")) throw new Error(`the mail handler: ${mail.status} ${said}`);
  const response = await worker.dispatchFetch("http://localhost/");
  console.log(await response.text());
} finally {
  await worker.dispose();
}
