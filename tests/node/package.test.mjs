// What is in the package besides its sources: waxseal/slim, the module, its provenance, licences, and
// that none of it says where it was built.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { MESSAGE, OCTETS, PACKAGE } from "./support.mjs";

const { unlzma } = await import(pathToFileURL(join(PACKAGE, "unlzma.js")).href);
const MODULES = ["waxseal", "diagnose"];
const octetsOf = (name) => readFileSync(join(PACKAGE, `${name}.wasm`));

/** Runs a program against waxseal/slim, each in a process of its own: there is one module in each. */
function slim(code, type = "module") {
  const path = join(PACKAGE, type === "module" ? "slim.js" : "cjs/slim.js");
  const prelude =
    type === "module"
      ? `import { readFileSync } from "node:fs";
         import { init, keyRecord, ready, verify } from ${JSON.stringify(pathToFileURL(path).href)};`
      : `const { readFileSync } = require("node:fs");
         const { init, keyRecord, ready, verify } = require(${JSON.stringify(path)});`;
  const shared = `
    const wasm = readFileSync(${JSON.stringify(join(PACKAGE, "waxseal.wasm"))});
    const message = "From: a@b.example\\r\\n\\r\\n";
    const outcome = (promise) => promise.then((report) => report?.result ?? "done", ({ name, code, message }) => [name, code, message].join(" "));
    async function main() { ${code} }
    main();`;
  const given = [`--input-type=${type}`, "--eval", prelude + shared];
  return execFileSync(process.execPath, given, { encoding: "utf8" }).trim().split("\n");
}

const sources = {
  "a Buffer": "wasm",
  "an ArrayBuffer": "new Uint8Array(wasm).buffer",
  "a module": "new WebAssembly.Module(wasm)",
  "a Response": "new Response(wasm)",
  "a Response of its type": 'new Response(wasm, { headers: { "content-type": "application/wasm" } })',
  "a promise": "Promise.resolve(wasm)",
};
for (const [kind, source] of Object.entries(sources)) {
  test(`slim: ${kind}`, () => {
    assert.deepEqual(slim(`await init(${source}); console.log(await outcome(verify(message)));`), ["none"]);
  });
}

test("slim: its resolvers start no module of their own", () => {
  const found = slim(`
    const { zoneResolver } = await import(${JSON.stringify(pathToFileURL(join(PACKAGE, "slim.js")).href)});
    const ask = () => outcome(zoneResolver("a.example. 1 IN TXT x\\n")("a.example", "TXT"));
    console.log(await ask());
    await init(wasm);
    console.log(await ask());`);
  assert.match(found[0], /^WaxsealError notStarted /);
  assert.equal(found[1], "done");
});

test("slim: as CommonJS", () => {
  assert.deepEqual(slim("await init(wasm); console.log(await outcome(verify(message)));", "commonjs"), ["none"]);
});

test("slim: calls before init are told, calls meanwhile wait", () => {
  const [early, now, meanwhile, again] = slim(`
    console.log(await outcome(verify(message)));
    try { keyRecord("x"); } catch ({ code }) { console.log(code); }
    const started = init(wasm);
    console.log(await outcome(verify(message)));
    await started;
    console.log(await outcome(init(new Uint8Array(3))));`);
  assert.match(early, /^WaxsealError notStarted .*waxseal\/slim/);
  assert.equal(now, "notStarted");
  assert.equal(meanwhile, "none");
  assert.equal(again, "done");
});

const broken = {
  "of another kind": ["5", /^WaxsealError badArgument source must be /],
  nothing: ["undefined", /^WaxsealError badArgument source must be /],
  "not a module": ["new Uint8Array(100)", /^WaxsealError startFailed /],
  "another module": ["new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])", /^WaxsealError startFailed /],
  "the module of diagnoses": [`readFileSync(${JSON.stringify(join(PACKAGE, "diagnose.wasm"))})`, /^WaxsealError startFailed .*waxseal\.wasm/],
  "a status": ["new Response('no', { status: 404 })", /^WaxsealError startFailed HTTP status 404/],
  "a rejection": ["Promise.reject(new Error('no disk'))", /^WaxsealError startFailed .*no disk/],
};
for (const [kind, [source, wanted]] of Object.entries(broken)) {
  test(`slim: ${kind} does not start, and another may`, () => {
    const [failed, then] = slim(`
      console.log(await outcome(init(${source})));
      console.log(await outcome(init(wasm).then(() => verify(message))));`);
    assert.match(failed, wanted);
    assert.equal(then, "none");
  });
}

test("the modules in the code are the modules in the files", async () => {
  for (const name of MODULES) {
    for (const folder of ["", "cjs/"]) {
      const part = async (file) => {
        const found = await import(pathToFileURL(join(PACKAGE, `${folder}${file}.js`)).href);
        return folder ? found.default : found;
      };
      const { default: packed, size } = await part(`${name}-packed`);
      const { unlzma } = await part("unlzma");
      assert.ok(Buffer.from(unlzma(Buffer.from(packed, "base64"), size)).equals(octetsOf(name)), `${folder}${name}`);
    }
  }
});

test("unlzma reads what xz writes", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "waxseal-lzma-"));
  context.after(() => rmSync(folder, { recursive: true }));
  let seed = 1;
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
  const noise = Uint8Array.from({ length: 70_000 }, () => random(256));
  const few = Uint8Array.from({ length: 70_000 }, () => random(3));
  // What was before, again, from far and near, and long.
  const parts = Array.from({ length: 3000 }, (_, n) => noise.subarray(random(60_000)).subarray(0, random(n % 9 ? 12 : 400)));
  const all = [new Uint8Array(1), new Uint8Array(100_000), noise, few, OCTETS, Buffer.concat(parts), Buffer.concat([noise, parts[9], noise])];
  for (const [n, octets] of all.entries()) {
    const file = join(folder, `${n}`);
    writeFileSync(file, octets);
    const given = ["--format=raw", "--lzma1=preset=9e,lc=3,lp=0,pb=0,nice=273,dict=1MiB", "--stdout", file];
    const packed = execFileSync("xz", given, { maxBuffer: 1 << 22 });
    assert.ok(Buffer.from(unlzma(packed, octets.length)).equals(octets), `${n}`);
  }
});

test("diagnoses are in their own module only, and nothing else is in it", () => {
  const [waxseal, diagnose] = MODULES.map((name) => {
    const exported = WebAssembly.Module.exports(new WebAssembly.Module(octetsOf(name)));
    return exported.map(({ name }) => name);
  });
  assert.ok(waxseal.includes("verifier") && waxseal.includes("signer"));
  assert.deepEqual(waxseal.filter((name) => /diagnos/i.test(name)), []);
  assert.ok(diagnose.includes("diagnoser"));
  assert.deepEqual(diagnose.filter((name) => /^(verifier|signer|sealer|keyCheck|(zone|privatekey)_.*)$/.test(name)), []);
});

test("PROVENANCE.json tells what the modules are and were made of", () => {
  const { modules, sources, tools } = JSON.parse(readFileSync(join(PACKAGE, "PROVENANCE.json"), "utf8"));
  const hash = (name) => createHash("sha256").update(octetsOf(name)).digest("hex");
  const wanted = MODULES.map((name) => [`${name}.wasm`, { sha256: hash(name) }]);
  assert.deepEqual(Object.entries(modules), wanted);
  const root = new URL("../../", import.meta.url).pathname;
  // As it is written there, for whoever wants to compare.
  assert.match(sources.files, /^find src .*sha256sum$/);
  const [found] = execFileSync("bash", ["-c", `set -o pipefail; ${sources.files}`], { cwd: root, encoding: "utf8" }).split(" ");
  assert.equal(sources.sha256, found);
  for (const tool of ["rustc", "wasm-bindgen", "wasm-opt"]) assert.match(tools[tool], /\d/);
});

test("no file tells of the machine it was built on, and none is for debugging", () => {
  const files = readdirSync(PACKAGE, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  assert.ok(files.length > 50);
  const root = new URL("../../", import.meta.url).pathname;
  for (const { name, parentPath, path } of files) {
    assert.doesNotMatch(name, /\.(map|rs|ts\.js)$/);
    const text = readFileSync(join(parentPath ?? path, name), "latin1");
    for (const place of [homedir(), root, PACKAGE]) assert.ok(place.length < 4 || !text.includes(place), `${name}: ${place}`);
    assert.doesNotMatch(text, /sourceMappingURL/, name);
  }
  const sections = WebAssembly.Module.customSections;
  for (const module of MODULES.map((name) => new WebAssembly.Module(octetsOf(name)))) {
    for (const name of ["name", "producers", "sourceMappingURL", ".debug_info", "external_debug_info"]) {
      assert.deepEqual(sections(module, name), [], name);
    }
  }
});

test("the licences of what is in it are in it", () => {
  const text = readFileSync(join(PACKAGE, "THIRD-PARTY-LICENSES"), "utf8");
  for (const name of ["sha2", "ed25519-dalek", "curve25519-dalek", "subtle", "mail-parser"]) {
    assert.match(text, new RegExp(`^${name} \\d`, "m"));
  }
  assert.match(text, /Redistribution and use in source and binary forms/);
  assert.doesNotMatch(text, /comes without a text/);
});

/** Runs a program in a process of its own: what was imported before would have started the module. */
function alone(code, type = "module") {
  const text = execFileSync(process.execPath, [`--input-type=${type}`, "--eval", code], { encoding: "utf8" });
  return text.trim();
}

test("a resolver works where nothing else of the package was imported", () => {
  const from = (name) => JSON.stringify(pathToFileURL(join(PACKAGE, name)).href);
  const zone = 'zoneResolver("a.example. 1 IN TXT x\\n")("a.example", "TXT").then(({ rcode }) => console.log(rcode))';
  assert.equal(alone(`import { zoneResolver } from ${from("zone.js")}; ${zone}`), "NOERROR");
  assert.equal(alone(`const { zoneResolver } = require(${JSON.stringify(join(PACKAGE, "cjs/zone.js"))}); ${zone}`, "commonjs"), "NOERROR");
  const doh = `import { dohResolver } from ${from("doh.js")};
    dohResolver({ fetch: async (url) => new Response(null, { status: 400 + new URL(url).searchParams.get("dns").length }) })("a.example", "TXT")
      .catch(({ message }) => console.log(message));`;
  assert.equal(alone(doh), "HTTP status 451 from cloudflare-dns.com");
});

test("the entries are one module: it is started once", () => {
  const from = (name) => JSON.stringify(pathToFileURL(join(PACKAGE, name)).href);
  const code = `
    import { verify } from ${from("index.js")};
    import { zoneResolver } from ${from("zone.js")};
    const { Instance } = WebAssembly;
    let started = 0;
    WebAssembly.Instance = new Proxy(Instance, { construct: (target, given) => (started++, Reflect.construct(target, given)) });
    const { result } = await verify(${JSON.stringify(MESSAGE)}, { resolver: zoneResolver("") });
    console.log(result, started);`;
  assert.equal(alone(code), "permerror 1");
});

test("diagnose starts its own module and no other, as an entry, as CommonJS, and from what is given", () => {
  const started = `
    const { Instance } = WebAssembly;
    let started = 0;
    WebAssembly.Instance = new Proxy(Instance, { construct: (target, given) => (started++, Reflect.construct(target, given)) });
    const use = async (diagnose) => {
      globalThis.fetch = async () => new Response(null, { status: 400 });
      const { report } = await diagnose(${JSON.stringify(MESSAGE)});
      console.log(report.result, started);
    };`;
  const from = (name) => JSON.stringify(pathToFileURL(join(PACKAGE, name)).href);
  const wasm = (name) => `(await import("node:fs")).readFileSync(${JSON.stringify(join(PACKAGE, `${name}.wasm`))})`;
  assert.equal(alone(`import { diagnose } from ${from("diagnose.js")}; ${started} await use(diagnose);`), "temperror 1");
  const cjs = JSON.stringify(join(PACKAGE, "cjs/diagnose.js"));
  assert.equal(alone(`const { diagnose } = require(${cjs}); ${started} use(diagnose);`, "commonjs"), "temperror 1");
  const slim = `import { diagnose, init } from ${from("diagnose-slim.js")}; ${started}
    await diagnose("").catch(({ code, message }) => console.log(code, message.includes("waxseal/diagnose-slim")));
    await init(${wasm("waxseal")}).catch(({ code, message }) => console.log(code, message.includes("diagnose.wasm")));
    await init(${wasm("diagnose")});
    await use(diagnose);`;
  assert.equal(alone(slim), "notStarted true\nstartFailed true\ntemperror 1");
});
