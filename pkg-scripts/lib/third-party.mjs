// cargo metadata … | node third-party.mjs
// Prints the licences of what is compiled into the npm package: of every crate
// that cargo's metadata (on stdin) has below the root, for run time. The same
// text is printed once.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

const metadata = JSON.parse(readFileSync(0, "utf8"));
const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
const packages = new Map(metadata.packages.map((one) => [one.id, one]));

/** The crates that are linked: not those of build scripts, tests and macros. */
function linked(root) {
  const found = new Set();
  const waiting = [root];
  for (let id; (id = waiting.pop()); ) {
    for (const { pkg, dep_kinds } of nodes.get(id).deps) {
      const isMacro = packages.get(pkg).targets.some(({ kind }) => kind.includes("proc-macro"));
      if (isMacro || found.has(pkg) || !dep_kinds.some(({ kind }) => kind === null)) continue;
      found.add(pkg);
      waiting.push(pkg);
    }
  }
  return [...found].map((id) => {
    const { name, version, license, manifest_path } = packages.get(id);
    return { name, version, license, folder: dirname(manifest_path) };
  });
}

/** The texts that come with it; of several licences to choose from, MIT is chosen. */
function texts({ name, license, folder }) {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|copyright|notice)/i.test(file)).sort();
  const isChoice = /\bMIT\b/.test(license) && /\bOR\b|\//.test(license);
  const mit = files.filter((file) => /mit/i.test(file));
  const chosen = isChoice && mit.length ? mit : files;
  const read = chosen.filter((file) => statSync(join(folder, file)).isFile()).map((file) => readFileSync(join(folder, file), "utf8").trim());
  if (read.length) return read;
  // Some crates forget it. Of licences to choose from ours is chosen, whose text stands beside this.
  if (!/Apache-2\.0/.test(license)) throw new Error(`${name} (${license}) comes without the text of its licence`);
  return [readFileSync(new URL("../../LICENSE-APACHE", import.meta.url), "utf8").trim()];
}

const all = linked(metadata.resolve.root);
all.sort((a, b) => (a.name < b.name ? -1 : 1));
const users = new Map();
for (const one of all) {
  for (const text of texts(one)) users.set(text, [...(users.get(text) ?? []), `${one.name} ${one.version} (${one.license})`]);
}
console.log("The WebAssembly modules of this package and their glue contain the following.\n");
for (const [text, names] of users) console.log(`${"=".repeat(78)}\n${names.join("\n")}\n${"-".repeat(78)}\n${text}\n`);
