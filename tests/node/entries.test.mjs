// The package as npm would install it: its entries, its types, its sources.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { OCTETS, PACKAGE } from "./support.mjs";

const manifest = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));

test("every file that the package names is there, and its version is the crate's", () => {
  const cargo = readFileSync(new URL("../../Cargo.toml", import.meta.url), "utf8");
  assert.equal(manifest.version, /^version = "(.*)"$/m.exec(cargo)[1]);
  const files = (entry) => (typeof entry === "string" ? entry : Object.values(entry).flatMap(files));
  const { main, module, types, jsdelivr, unpkg, sideEffects } = manifest;
  const named = [...files(manifest.exports), main, module, types, jsdelivr, unpkg, ...sideEffects];
  assert.ok(named.length > 25);
  for (const file of named) assert.ok(existsSync(join(PACKAGE, file)), file);
});

test("the types name every reason and every warning of the core", () => {
  const types = readFileSync(join(PACKAGE, "report.d.ts"), "utf8");
  const core = (file) => readFileSync(new URL(`../../src/verify/${file}.rs`, import.meta.url), "utf8");
  const named = (type) => {
    const union = types.slice(types.indexOf(`export type ${type} =`)).split(";\n")[0];
    return [...union.matchAll(/^  \| "(\w+)"/gm)].map(([, code]) => code);
  };
  const reasons = [...core("reason").matchAll(/^    \w+ = "(\w+)" => \w+,$/gm)];
  const warnings = [...core("report").matchAll(/Self::\w+ => "(\w+)",/g)];
  assert.ok(reasons.length > 30 && warnings.length > 5);
  assert.deepEqual(named("Reason"), reasons.map(([, code]) => code));
  assert.deepEqual(named("WarningCode"), warnings.map(([, code]) => code));
});

test("the types name every hypothesis of the core", () => {
  const types = readFileSync(join(PACKAGE, "diagnose.d.ts"), "utf8");
  const core = readFileSync(new URL("../../src/diagnose/hypothesis.rs", import.meta.url), "utf8");
  const union = types.slice(types.indexOf("export type Hypothesis ="));
  const named = [...union.matchAll(/^  \| "(\w+)"/gm)].map(([, code]) => code);
  const hypotheses = [...core.matchAll(/^    \w+ = "(\w+)",/gm)].map(([, code]) => code);
  assert.ok(hypotheses.length > 40);
  assert.deepEqual(named, hypotheses);
});

test("the types declare what the package exports, and every code of its errors", async () => {
  const read = (file) => readFileSync(join(PACKAGE, file), "utf8");
  const parts = {
    index: ["index", "arc", "auth-results", "keys", "sign"],
    doh: ["doh"],
    zone: ["zone"],
    node: ["node"],
    diagnose: ["diagnose"],
    "diagnose-slim": ["diagnose", "diagnose-slim"],
  };
  parts.slim = [...parts.index, ...parts.doh, ...parts.zone, "slim"];
  for (const [entry, files] of Object.entries(parts)) {
    const types = files.map((name) => read(`${name}.d.ts`)).join("");
    const declared = [...types.matchAll(/^export (?:function|class) (\w+)/gm)].map(([, name]) => name);
    const { default: _, ...exported } = await import(join(PACKAGE, `${entry}.js`));
    assert.deepEqual(declared.sort(), Object.keys(exported).sort(), entry);
  }

  const types = read("index.d.ts");
  const union = types.slice(types.indexOf("export type WaxsealErrorCode =")).split(";\n")[0];
  const documented = new Set([...union.matchAll(/^  \| "(\w+)"/gm)].map(([, code]) => code));
  const [, section] = /\n## Errors\n(.*?)\n## /s.exec(read("README.md"));
  const table = section.matchAll(/^\| `(\w+)` \|/gm);
  assert.deepEqual(new Set([...table].map(([, code]) => code).filter((code) => code !== "code")), documented);
  const js = readdirSync(PACKAGE).filter((file) => /\.js$/.test(file) && !/-packed\.js$/.test(file));
  const rust = new URL("../../src/wasm/", import.meta.url);
  const sources = [
    ...js.map(read),
    ...readdirSync(rust).map((file) => readFileSync(new URL(file, rust), "utf8")),
  ].join("");
  const thrown = [...sources.matchAll(/(?:new WaxsealError\(|\berror\()\s*"(\w+)"/g)].map(([, code]) => code);
  assert.ok(thrown.length > 15);
  // "internal" is also what an error without a code becomes; "unavailable" stays among resolvers.
  assert.deepEqual(new Set(thrown), documented.add("unavailable"));
});

test("the sources keep to what every host has", () => {
  const files = readdirSync(PACKAGE).filter((file) => file.endsWith(".js"));
  assert.ok(files.length > 15);
  // The entries that are for one host alone.
  const others = ["node.js", "waxseal-packed.js", "diagnose-packed.js"];
  for (const file of files.filter((file) => !others.includes(file))) {
    const code = readFileSync(join(PACKAGE, file), "utf8");
    assert.doesNotMatch(code, /import\.meta|from "node:|require\(|process\./, file);
    assert.doesNotMatch(code, /^await /m, file);
  }
});

test("it can be imported and required by its name", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "waxseal-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(PACKAGE, join(folder, "node_modules/waxseal"));
  const run = (type, code) =>
    execFileSync(process.execPath, ["--no-warnings", `--input-type=${type}`, "-e", code], { cwd: folder, encoding: "utf8" });
  const others = ["doh", "node", "zone", "diagnose", "diagnose-slim"].map((name) => `import "waxseal/${name}";`).join(" ");
  const use = 'verify("From: a@b.example\\r\\n\\r\\n").then((report) => console.log(report.result))';
  assert.equal(run("module", `import { verify } from "waxseal"; ${others} ${use}`), "none\n");
  assert.equal(run("commonjs", `const { verify } = require("waxseal"); ${use}`), "none\n");
});

test("nothing keeps the process alive when a verification is over", () => {
  // What is left of its deadline would, for a day.
  const code = `
    import { verify } from ${JSON.stringify(join(PACKAGE, "index.js"))};
    const options = { resolver: () => [], policy: { dnsTimeout: 86400 } };
    await verify(${JSON.stringify(new TextDecoder().decode(OCTETS))}, options);`;
  execFileSync(process.execPath, ["--input-type=module", "-e", code], { timeout: 120_000 });
});
