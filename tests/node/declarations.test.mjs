// The declarations: everything in them is documented, and their examples run.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { PRELUDE, installed } from "./readme-support.mjs";
import { PACKAGE } from "./support.mjs";

// All but what is known of the host, which nobody imports.
const declarations = readdirSync(PACKAGE).filter((file) => file.endsWith(".d.ts") && file !== "host.d.ts");
const text = (file) => readFileSync(join(PACKAGE, file), "utf8");

test("every declaration and every member has a comment", () => {
  const bare = [];
  let seen = 0;
  for (const file of declarations) {
    const lines = text(file).split("\n");
    for (const [index, line] of lines.entries()) {
      const isDeclared = /^(export )?(declare )?(function|class|interface|const|type) \w/.test(line);
      const isMember = /^ {2,4}(readonly )?\w+(\?|\(|<|:)/.test(line) && !/^ +(constructor|extends)\b/.test(line);
      // What stands within the parentheses of a function is told by the function.
      const isArgument = isMember && /^\s*\w+\??: .*,$/.test(line);
      if (!(isDeclared || (isMember && !isArgument)) || /^export (type )?[*{]/.test(line)) continue;
      seen++;
      if (!/\*\/$/.test(lines[index - 1])) bare.push(`${file}:${index + 1}: ${line.trim()}`);
    }
  }
  assert.deepEqual(bare, []);
  assert.ok(seen > 200, `${seen}`);
});

test("functions say what they throw, and the entries have an example", () => {
  for (const file of declarations) {
    for (const [, comment, name] of text(file).matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport function (\w+)/g)) {
      assert.match(comment, /@throws/, `${file}: ${name}`);
      if (!["ready", "init"].includes(name)) assert.match(comment, /@example/, `${file}: ${name}`);
    }
  }
});

/** The examples of a file, as they would stand in a program. */
function examples(file) {
  const found = text(file).matchAll(/^( *)\* @example\n((?:\1\*(?:| (?! *@).*)\n)+)/gm);
  return [...found].map(([, indent, lines]) => lines.replaceAll(`${indent}*`, "").replace(/^ /gm, ""));
}

/** What an example takes for granted. */
function imports(example, exported) {
  const isUsed = (name) => new RegExp(`(?<![\\w.])${name}\\(`).test(example);
  const isThere = (name) => new RegExp(`import .*\\b${name}\\b|function ${name}\\b`).test(example);
  const names = exported.filter((name) => isUsed(name) && !isThere(name));
  const slim = names.includes("init") ? "waxseal/slim" : "waxseal";
  return names.length ? `import { ${names.join(", ")} } from "${slim}";\n` : "";
}

const GIVEN = `
  Object.assign(globalThis, {
    message, response, kms: { send: kms.sign }, rsaPem, ed25519Pem,
    octets: message, key: rsaPem, privateKeyPem: rsaPem, privateKey: ed25519Pem, KeyId: "alias/dkim",
    addFooter: (octets) => Buffer.concat([octets, Buffer.from("-- \\r\\n")]),
    SignCommand: class { constructor(given) { Object.assign(this, given); } },
    createReadStream: () => createReadStream("docs/samples/rfc8463.eml"),
  });
`;

test("the examples run", async (context) => {
  const folder = installed(context);
  const exported = Object.keys({ ...(await import(join(PACKAGE, "index.js"))), init: true, createReadStream: true });
  const ours = exported.filter((name) => name !== "createReadStream");
  const files = declarations.flatMap((file) =>
    examples(file).map((example, index) => {
      const name = `${file}.${index}.mjs`;
      writeFileSync(join(folder, name), imports(example, ours) + example);
      return name;
    }),
  );
  assert.ok(files.length >= 17, files.join());
  const runs = files.map((name) => `await import("./${name}").catch((error) => { error.message = "${name}: " + error.message; throw error; });`);
  const main = `import { createReadStream } from "node:fs";\n${PRELUDE}${GIVEN}${runs.join("\n")}\nconsole.log("all");`;
  writeFileSync(join(folder, "main.mjs"), main);
  assert.equal(execFileSync("node", ["main.mjs"], { cwd: folder, encoding: "utf8" }), "all\n");
});
