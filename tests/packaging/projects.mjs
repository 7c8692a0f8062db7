// The projects, each a folder of projects/: how it is built, and how it is run.
//
//   build   a program of the project's node_modules and its arguments
//   run     the same; prints the outcome of the scenario as JSON
//   watched the memory of the module and of the host can be seen, and must be
//   serve   pages that run the scenario in Chromium
//   dev     a server with pages, `PORT` standing for the port it is given
//   refused a page that must be told that its policy forbids WebAssembly
//   check   the same as build, where that it succeeds is all; `TARBALL` is the package

import { existsSync } from "node:fs";

// npm has their binaries under names of their own; these are the ones that the lock files have. The
// programs themselves are called, not their wrappers, which download what is there already.
const isArm = process.arch === "arm64";
const NODE22 = `node_modules/node-linux-${isArm ? "arm64" : "x64"}/bin/node`;
const DENO = `node_modules/@deno/linux-${isArm ? "arm64" : "x64"}-glibc/deno`;
const BUN = `node_modules/@oven/bun-linux-${isArm ? "aarch64" : "x64"}/bin/bun`;

const VITE = ["vite", "--host", "127.0.0.1", "--port", "PORT", "--strictPort"];

export const PROJECTS = {
  "node-esm": { run: [["node", "--expose-gc", "main.mjs"]], watched: true, verifications: 10_000, signings: 3_000 },
  "node-cjs": { run: [["node", "--expose-gc", "main.cjs"]], watched: true },
  node22: { run: [[NODE22, "--expose-gc", "main.mjs"], [NODE22, "--expose-gc", "main.cjs"]], watched: true },
  slim: { run: [["node", "main.mjs"]] },
  deno: { run: [[DENO, "run", "--v8-flags=--expose-gc", "--no-lock", "--node-modules-dir=manual", "--no-prompt", "main.mjs"]], watched: true },
  bun: { run: [[BUN, "main.mjs"]] },
  vite7: { build: ["vite", "build"], serve: ["dist/index.html"], dev: VITE },
  vite8: { build: ["vite", "build"], serve: ["dist/index.html"], dev: VITE },
  webpack: { build: ["webpack"], serve: ["index.html"] },
  rollup: { build: ["rollup", "--config", "--silent"], serve: ["index.html"] },
  esbuild: {
    build: ["esbuild", "main.mjs", "--bundle", "--format=esm", "--minify", "--outfile=dist/main.js", "--log-level=warning"],
    serve: ["index.html"],
  },
  workerd: {
    build: ["wrangler", "deploy", "--dry-run", "--outdir=dist"],
    run: [["node", "main.mjs"]],
  },
  "script-tag": { serve: ["index.html", "slim.html"], refused: "refused.html" },
  nodemailer: { check: ["node", "main.mjs"] },
  "postal-mime": { check: ["node", "main.mjs"] },
  mailauth: { check: ["node", "main.mjs"] },
  "typescript-node16": { check: ["tsc", "--project", "."] },
  "typescript-bundler": { check: ["tsc", "--project", "."] },
  // Which says what it would do, and asks nobody.
  publish: { check: ["npm", "publish", "TARBALL", "--dry-run", "--registry", "http://127.0.0.1:9/", "--fetch-retries", "0"] },
  attw: { check: ["attw", "TARBALL", "--no-emoji", "--format", "ascii"] },
  publint: { check: ["publint", "TARBALL", "--strict"] },
};

/** A program by its name: a path in the project, a program of node_modules, or Node itself. */
export function program(folder, name) {
  if (name === "node") return process.execPath;
  const own = name.includes("/") ? `${folder}/${name}` : `${folder}/node_modules/.bin/${name}`;
  if (!existsSync(own)) throw new Error(`${own} is missing: npm has not installed it`);
  return own;
}
