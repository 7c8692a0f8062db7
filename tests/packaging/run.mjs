// tests/packaging/run calls this: see there, and projects.mjs for what is run how.
import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";

import { Browser, serve } from "./browser.mjs";
import { inputModule, judge } from "./judge.mjs";
import { PROJECTS, program } from "./projects.mjs";

const HERE = import.meta.dirname;
const LIMIT = 240_000 * Number(process.env.WAXSEAL_PATIENCE ?? 1);
/** So many projects; more would wait for the processor, and run into the limit. */
const AT_A_TIME = 4;
const began = Date.now();

/** @type {Promise<Browser> | undefined} one for all */
let browser;

const say = (text) => console.error(`[${String(Math.round((Date.now() - began) / 1000)).padStart(4)}s] packaging: ${text}`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: "boolean", default: false },
    installed: { type: "boolean", default: false },
    package: { type: "string" },
    native: { type: "string" },
    cache: { type: "string" },
    work: { type: "string" },
  },
});
const runnable = Object.keys(PROJECTS);
if (values.list) {
  console.log(runnable.join("\n"));
  process.exit();
}
for (const name of positionals) {
  if (!runnable.includes(name)) throw new Error(`there is no project '${name}'; --list tells which there are`);
}
const names = positionals.length ? positionals : runnable;
if (values.installed) {
  for (const name of names) console.log(await installed(join(HERE, "projects", name), name));
  process.exit();
}
process.exit((await main()) ? 0 : 1);

async function main() {
  const tarball = pack();
  say(`packed ${tarball}`);
  const input = inputModule(HERE, values.native, values.work);
  const passed = [];
  const failed = [];
  const waiting = [...names];
  const next = async () => {
    for (let name; (name = waiting.shift()); ) {
      const since = Date.now();
      const faults = await faultsOf(name, tarball, input);
      const seconds = ((Date.now() - since) / 1000).toFixed(1);
      console.log(`${faults.length ? "FAILED" : "passed"}  ${name.padEnd(20)} ${seconds.padStart(6)} s`);
      for (const fault of faults) console.log(`        ${fault.replaceAll("\n", "\n        ")}`);
      (faults.length ? failed : passed).push(name);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, availableParallelism()) }, next));
  await (await browser?.catch(() => undefined))?.stop();
  if (failed.length) console.log(`failed: ${failed.join(" ")}`);
  console.log(`${passed.length} passed, ${failed.length} failed`);
  return failed.length === 0;
}

/** Installs the project and runs it. */
async function faultsOf(name, tarball, input) {
  const project = PROJECTS[name];
  try {
    const folder = await install(name, tarball);
    if (project.serve) browser ??= installed(HERE, "browser").then((folder) => Browser.start(folder));
    input.write(folder, project);
    return await runProject(name, project, { folder, tarball, input, browser: await browser });
  } catch (error) {
    return [error.stack ?? String(error)];
  }
}

/** What the project does, and what is wrong with it. */
async function runProject(name, project, { folder, tarball, input, browser }) {
  const faults = [];
  const check = (what, outcome) =>
    faults.push(...judge(outcome, input, project).map((fault) => `${what}: ${fault}`));
  for (const [command, ...given] of [project.build, project.check].filter(Boolean)) {
    await bounded(folder, command, given.map((one) => (one === "TARBALL" ? tarball : one)));
  }
  for (const [command, ...given] of project.run ?? []) {
    const { stdout, stderr } = await bounded(folder, command, given);
    const warnings = stderr.split("\n").filter((line) => /warning/i.test(line));
    if (warnings.length) faults.push(`${command} warns: ${warnings.join("\n")}`);
    check([command, ...given].join(" "), JSON.parse(stdout.trim().split("\n").at(-1)));
  }
  if (project.serve || project.refused) {
    const server = await serve(folder);
    try {
      for (const page of project.serve) check(page, await browser.outcome(`${server.url}/${page}`, LIMIT));
      if (project.refused) {
        const outcome = await browser.outcome(`${server.url}/${project.refused}`, LIMIT);
        const isTold = outcome?.code === "startFailed" && /Content-Security-Policy.*'wasm-unsafe-eval'/.test(outcome.message);
        if (!isTold) faults.push(`${project.refused}: ${JSON.stringify(outcome)}, which does not say why`);
      }
    } finally {
      server.stop();
    }
  }
  if (project.dev) {
    const port = await freePort();
    const [command, ...given] = project.dev.map((one) => (one === "PORT" ? String(port) : one));
    const child = spawn(program(folder, command), given, { cwd: folder, stdio: "ignore", env: environment() });
    try {
      const url = `http://127.0.0.1:${port}/`;
      await answers(url, child);
      check("dev", await browser.outcome(url, LIMIT));
    } finally {
      child.kill();
    }
  }
  return faults;
}

/** `npm pack`, as `npm publish` does it. */
function pack() {
  const folder = join(values.work, "tarball");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const printed = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: values.package,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return join(folder, JSON.parse(printed)[0].filename);
}

/** A copy of the project with what it needs, and the packed package, installed. */
async function install(name, tarball) {
  const source = join(HERE, "projects", name);
  const folder = join(values.work, name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(source, folder, { recursive: true });
  for (const file of ["scenario.mjs", "scenario-parts.mjs"]) cpSync(join(HERE, file), join(folder, file));
  if (existsSync(join(source, "package-lock.json"))) {
    const modules = join(await installed(source, name), "node_modules");
    // Linked where that can be: some of these are large.
    try {
      execFileSync("cp", ["--archive", "--link", modules, folder], { stdio: "ignore" });
    } catch {
      rmSync(join(folder, "node_modules"), { recursive: true, force: true });
      execFileSync("cp", ["--archive", modules, folder]);
    }
    // npm writes into it.
    rmSync(join(folder, "node_modules/.package-lock.json"), { force: true });
  }
  await bounded(folder, "npm", ["install", "--no-save", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", tarball]);
  return folder;
}

/** A folder of the cache with the project's node_modules, as its lock file has them. */
async function installed(source, name) {
  const lock = readFileSync(join(source, "package-lock.json"));
  const key = createHash("sha256").update(lock).update(`${process.platform} ${process.arch}`).digest("hex").slice(0, 16);
  const folder = join(values.cache, `${name}-${key}`);
  if (existsSync(folder)) return folder;
  say(`installing what ${name} needs from npm`);
  const fresh = `${folder}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh);
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(source, file), join(fresh, file));
  // Not `npm ci`, which refuses lock files that lack the binaries of other platforms.
  await bounded(fresh, "npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"]);
  for (const other of readdirSync(values.cache)) {
    // What an older lock file asked for.
    if (other.startsWith(`${name}-`) && /-[0-9a-f]{16}$/.test(other) && other.length === name.length + 17) {
      rmSync(join(values.cache, other), { recursive: true, force: true });
    }
  }
  renameSync(fresh, folder);
  return folder;
}

async function bounded(cwd, command, given) {
  const file = command === "npm" ? "npm" : program(cwd, command);
  try {
    return await promisify(execFile)(file, given, {
      cwd,
      env: environment(),
      timeout: LIMIT,
      killSignal: "SIGKILL",
      maxBuffer: 64 << 20,
    });
  } catch (error) {
    const output = shortened(`${error.stdout ?? ""}${error.stderr ?? ""}`.trim());
    const why = error.killed ? `took more than ${LIMIT / 1000} s` : `status ${error.code}`;
    throw new Error(`${command} ${given.join(" ")}: ${why}\n${output}`, { cause: error });
  }
}

/** What went wrong stands first or last. */
function shortened(text) {
  return text.length < 3000 ? text : `${text.slice(0, 1500)}\n[…]\n${text.slice(-1500)}`;
}

/** Nothing here talks to anyone, or asks. */
function environment() {
  const { NODE_OPTIONS, ...env } = process.env;
  return { ...env, CI: "1", NO_COLOR: "1", WRANGLER_SEND_METRICS: "false", DENO_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1", NO_UPDATE_NOTIFIER: "1" };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(url, child) {
  for (const until = Date.now() + 60_000; Date.now() < until; ) {
    if (child.exitCode !== null) throw new Error(`the server ended with status ${child.exitCode}`);
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`the server at ${url} does not answer`);
}
