// benches/worker/run calls this.
import { createPublicKey, sign as signRaw } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const PROJECT = process.env.WAXSEAL_WORKER;
const ROUNDS = Number(process.argv[2]);
const { Miniflare } = createRequire(join(PROJECT, "package.json"))("miniflare");
const waxseal = await import(pathToFileURL(join(PROJECT, "node_modules/waxseal/index.js")).href);

const WAYS = ["wasm", "webcrypto", "bare"];

const samples = {
  "20 KB, RSA 2048": { ...(await sample("rsa", 2048, 20_000)), times: 1000 },
  "20 KB, RSA 4096": { ...(await sample("rsa", 4096, 20_000)), times: 500 },
  "20 KB, Ed25519": { ...(await sample("ed25519", undefined, 20_000)), times: 1000 },
  "1 MB, RSA 2048": { ...(await sample("rsa", 2048, 1_000_000)), times: 60 },
};
await steady();

/** One message after the other, everything compiled. */
async function steady() {
  const { miniflare, pid } = await start("dist-bench");
  console.log(`CPU time of workerd for a message, in milliseconds; the median of ${ROUNDS} rounds`);
  print("", ["wasm", "webcrypto", "subtle alone"]);
  for (const [name, { times, ...what }] of Object.entries(samples)) {
    const run = async (how, count) => {
      const before = cpu(pid);
      const body = JSON.stringify({ how, times: count, ...what });
      const response = await miniflare.dispatchFetch("http://localhost/", { method: "POST", body });
      const text = await response.text();
      if (text !== "done") throw new Error(text);
      return (cpu(pid) - before) / count;
    };
    const found = WAYS.map(() => []);
    // What comes first compiles for those after it.
    for (const how of WAYS) await run(how, Math.ceil(times / 2));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, how] of WAYS.entries()) found[index].push(await run(how, times));
    }
    print(name, found.map(median));
  }
  await miniflare.dispose();
}

/** A message with so many octets of body and a signature, and what crypto.subtle has to do for it. */
async function sample(type, bits, octets) {
  const names = { domain: "example.com", selector: "s" };
  const pair = await waxseal.generateKeyPair({ type, ...(bits && { bits }), ...names });
  const line = `${"0123456789".repeat(7)}\r\n`;
  const body = `${line.repeat(Math.ceil(octets / line.length)).slice(0, octets - 2)}\r\n`;
  const header =
    "From: Joe <joe@example.com>\r\nTo: Suzie <suzie@example.net>\r\nSubject: A message\r\n" +
    "Date: Mon, 23 Nov 2026 00:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n";
  const { message } = await waxseal.sign(header + body, { signatures: [{ ...names, key: pair.privateKey }] });
  const covered = Buffer.alloc(700, "h"); // about as long as the header that a signature covers
  const isRsa = type === "rsa";
  const parts = {
    body: Buffer.from(body).toString("base64"),
    header: covered.toString("base64"),
    key: createPublicKey(pair.publicKey).export({ type: "spki", format: "der" }).toString("base64"),
    signature: signRaw(isRsa ? "sha256" : null, covered, pair.privateKey).toString("base64"),
    kind: isRsa ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } : { name: "Ed25519" },
  };
  return { message: new TextDecoder().decode(message()), zone: { [pair.name]: pair.record }, parts };
}

async function start(folder) {
  const dist = join(PROJECT, folder);
  const script = readdirSync(dist).find((name) => name.endsWith(".js"));
  const miniflare = new Miniflare({
    modules: true,
    modulesRoot: dist,
    scriptPath: join(dist, script),
    modulesRules: [
      { type: "ESModule", include: ["**/*.js"] },
      { type: "CompiledWasm", include: ["**/*.wasm"] },
    ],
    compatibilityDate: "2026-04-01",
    handleRuntimeStdio() {},
  });
  await miniflare.ready;
  return { miniflare, pid: workerd() };
}

function workerd() {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [, name, , parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "latin1")) ?? [];
      if (name === "workerd" && Number(parent) === process.pid) return pid;
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error("there is no workerd");
}

/** CPU time of a process, all its threads, in milliseconds; the kernel counts in hundredths of a second. */
function cpu(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function print(name, cells) {
  const text = cells.map((cell) => (typeof cell === "number" ? cell.toFixed(2) : cell).padStart(14));
  console.log(name.padEnd(18) + text.join(""));
}
