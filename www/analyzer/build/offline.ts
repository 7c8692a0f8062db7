import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Plugin } from "vite";

/** What the service worker's source says where the list of files belongs. */
const PLACE = "__WAXSEAL_FILES__";

/**
 * Builds the service worker as `sw.js` beside the page, with the list of every file of the page in it.
 * Its octets change with any of them, which is how browsers learn of a new version.
 */
export function offline(): Plugin {
  let publicDir = "";
  return {
    name: "waxseal-offline",
    apply: "build",
    configResolved(config) {
      publicDir = config.publicDir;
    },
    buildStart() {
      this.emitFile({
        type: "chunk",
        id: "/src/offline/service-worker.ts",
        fileName: "sw.js",
      });
    },
    generateBundle: {
      // behind Vite's own, which adds the page itself
      order: "post",
      handler(_options, bundle) {
        const worker = bundle["sw.js"];
        if (worker?.type !== "chunk") throw new Error("the service worker was not built");
        const digest = createHash("sha256");
        const files = [];
        for (const [name, file] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1))) {
          if (name === "sw.js" || name.endsWith(".map")) continue;
          files.push(name);
          digest.update(name).update(file.type === "chunk" ? file.code : file.source);
        }
        for (const name of readdirSync(publicDir, { recursive: true, withFileTypes: true })) {
          if (!name.isFile()) continue;
          const path = join(name.parentPath, name.name);
          const relative = path.slice(publicDir.length + 1);
          files.push(relative);
          digest.update(relative).update(readFileSync(path));
        }
        if (!files.includes("index.html"))
          throw new Error("the page itself would be missing without a network");
        const list = JSON.stringify({ version: digest.digest("hex").slice(0, 16), files });
        worker.code = worker.code.replace(/(["'`])__WAXSEAL_FILES__\1/, () => JSON.stringify(list));
        if (!worker.code.includes("version")) throw new Error(`the service worker lacks ${PLACE}`);
      },
    },
  };
}
