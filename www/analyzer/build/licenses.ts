import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Plugin } from "vite";

/** Where packages keep their licence. */
const FILES = ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENSE-MIT"];

/**
 * Puts the licences of everything that is in the page beside it, as `licenses.txt`: those of the libraries
 * that package.json depends on, and what the npm package waxseal contains in turn.
 */
export function licenses(): Plugin {
  return {
    name: "waxseal-licenses",
    apply: "build",
    buildStart() {
      const root = join(import.meta.dirname, "..");
      const { dependencies } = readJson(join(root, "package.json")) as {
        dependencies: Record<string, string>;
      };
      const parts = Object.keys(dependencies).flatMap((name) => licenseOf(join(root, "node_modules", name)));
      this.emitFile({ type: "asset", fileName: "licenses.txt", source: parts.join(`\n${"=".repeat(78)}\n`) });
    },
  };
}

function licenseOf(folder: string): string[] {
  const { name, version, license } = readJson(join(folder, "package.json")) as Record<string, string>;
  const file = FILES.find((one) => existsSync(join(folder, one)));
  if (file === undefined) throw new Error(`${name} has no licence that could be put beside the page`);
  const inTurn = join(folder, "THIRD-PARTY-LICENSES");
  const parts = [`${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8")}`];
  return existsSync(inTurn) ? [...parts, readFileSync(inTurn, "utf8")] : parts;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
