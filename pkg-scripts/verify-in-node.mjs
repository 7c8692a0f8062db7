// Verifies a message with the npm package, as `waxseal verify` does natively:
//
//   node pkg-scripts/verify-in-node.mjs MESSAGE ZONEFILE [--json] [--at received|SECONDS] [--package DIR]
//
// The keys come from ZONEFILE (RFC 1035). With --json the report is one line, the same octets as
// `waxseal verify --json --zone ZONEFILE --at … MESSAGE` prints. Exit status: 0 a signature passes,
// 1 none does, 64 usage, 66 a file cannot be read.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

const USAGE =
  "usage: node pkg-scripts/verify-in-node.mjs MESSAGE ZONEFILE [--json] [--at received|SECONDS] [--package DIR]";

class Exit extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function command() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        at: { type: "string", default: "received" },
        package: { type: "string" },
      },
    });
  } catch (error) {
    throw new Exit(64, `${error.message}\n${USAGE}`);
  }
  const { positionals, values } = parsed;
  if (positionals.length !== 2) throw new Exit(64, USAGE);
  const now = values.at === "received" ? "received" : Number(values.at);
  if (now !== "received" && !/^\d+$/.test(values.at)) throw new Exit(64, `--at ${values.at}\n${USAGE}`);
  const folder = values.package
    ? pathToFileURL(`${values.package}/`)
    : new URL("../target/npm/", import.meta.url);
  return { message: positionals[0], zone: positionals[1], now, json: values.json, folder };
}

function read(file, encoding) {
  try {
    return readFileSync(file, encoding);
  } catch (error) {
    throw new Exit(66, `${file}: ${error.message}`);
  }
}

/** As the command does: a file whose lines end in LF alone is meant to have CRLF. */
function withCrlf(octets) {
  if (octets.includes("\r\n")) return octets;
  return Buffer.from(octets.toString("latin1").replaceAll("\n", "\r\n"), "latin1");
}

function describe(signature) {
  const { result, domain, selector, algorithm, key, explanation } = signature;
  const bits = key?.bits ? `, ${key.bits} bits` : "";
  return `  ${result}  d=${domain} s=${selector} ${algorithm}${bits}: ${explanation}`;
}

async function main() {
  const { message, zone, now, json, folder } = command();
  const { verify } = await import(new URL("index.js", folder).href);
  const { zoneResolver } = await import(new URL("zone.js", folder).href);
  const octets = withCrlf(read(message));
  const report = await verify(octets, { now, resolver: zoneResolver(read(zone, "utf8")) });
  // Its place in the report is kept: there it was null.
  report.file = message;
  if (json) console.log(JSON.stringify(report));
  else console.log([`${message}: ${report.result}`, ...report.signatures.map(describe)].join("\n"));
  process.exitCode = report.result === "pass" ? 0 : 1;
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = error.status ?? 1;
});
