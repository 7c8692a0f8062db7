// What the scenario is given, what the native command says to the same, and whether an outcome is
// as it should be.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { hostileMessages } from "./hostile.mjs";

/** The time of the verifications, in Unix seconds: that of the sample. */
const NOW = 1528637909;

/** The module's memory, in octets: at most so much, of which the 50 MB may have added so much. */
const MEMORY = { most: 4 << 20, growth: 256 << 10 };

/** Enough for what is forgotten by one of a hundred to show. */
const VERIFICATIONS = 300;

export function inputModule(here, native, work) {
  const samples = join(here, "../../docs/samples");
  const sample = readFileSync(join(samples, "rfc8463.eml"), "utf8");
  // An alias that leads to itself: no answer, which is not "no key".
  const zone = `${readFileSync(join(samples, "keys.zone"), "utf8")}
loop._domainkey.football.example.com. 300 IN CNAME loop._domainkey.football.example.com.
`;
  const messages = {
    pass: sample,
    fail: sample.replace("Joe.", "Joe, in haste."),
    temperror: sample.replace("s=brisbane;", "s=loop;").replace("s=test;", "s=loop;"),
  };
  const hostile = hostileMessages();
  const keys = zoneFile(Object.fromEntries(hostile.map(({ record }, n) => [`${n}._domainkey.example.com`, record])));
  const folder = join(work, "input");
  mkdirSync(folder, { recursive: true });
  const verify = (zone, ...messages) => verifyNatively(native, folder, zone, messages);
  const [pass, fail, temperror] = verify(zone, messages.pass, messages.fail, messages.temperror);
  const reports = { pass, fail, temperror };
  for (const [name, { result }] of Object.entries(reports)) {
    if (result !== name) throw new Error(`the native command says ${result} of the message "${name}"`);
  }
  const odd = verify(keys, ...hostile.map(({ message }) => message));
  // Or there is nothing to agree on.
  const passing = hostile.filter((_, n) => odd[n].result === "pass");
  if (passing.length !== 9 || odd.some(({ result }) => !["pass", "fail"].includes(result))) {
    throw new Error(`the native command passes ${passing.map(({ name }) => name).join(", ")}`);
  }
  const byHost = [...Object.values(reports), ...odd];
  const checked = [...Object.values(messages), ...hostile.map(({ message }) => message)];
  return {
    reports,
    byHost,
    verify,
    write(folder, verifications = VERIFICATIONS) {
      const input = { messages, checked, zone: zone + keys, now: NOW, verifications };
      writeFileSync(join(folder, "input.mjs"), `export const input = ${JSON.stringify(input, null, 1)};\n`);
    },
  };
}

function verifyNatively(native, folder, zone, messages) {
  const zoneFile = join(folder, "zone");
  writeFileSync(zoneFile, zone);
  const files = messages.map((message, index) => {
    const file = join(folder, `${index}.eml`);
    writeFileSync(file, message);
    return file;
  });
  const command = ["verify", "--json", "--zone", zoneFile, "--at", String(NOW), ...files];
  let printed;
  try {
    printed = execFileSync(native, command, { encoding: "utf8" });
  } catch (error) {
    // 1 or 75 where some message has no signature that passes: the reports are there all the same.
    if (error.status !== 1 && error.status !== 75) throw error;
    printed = error.stdout;
  }
  return printed.trim().split("\n").map((line) => ({ ...JSON.parse(line), file: null }));
}

/** What is wrong with the outcome of a scenario. */
export function judge(outcome, input, { verifications = VERIFICATIONS }) {
  const faults = [];
  const expect = (what, found, wanted) => {
    if (isDeepStrictEqual(found, wanted)) return;
    faults.push(`${what}: ${JSON.stringify(found)}\ninstead of: ${JSON.stringify(wanted)}`);
  };
  for (const [name, report] of Object.entries(input.reports)) {
    for (const fault of differences(outcome.reports[name], report, "")) {
      faults.push(`the report of "${name}" is not the native one: ${fault}`);
    }
  }
  const { checks, reports } = outcome.byHost;
  for (const [n, report] of input.byHost.entries()) {
    const found = differences(reports[n], report, "");
    faults.push(...found.map((fault) => `the report of message ${n} by WebCrypto is not the native one: ${fault}`));
  }
  // Null where the host lets nobody watch.
  if (checks !== null && !(checks > 9)) faults.push(`WebCrypto made ${checks} checks only`);
  expect("a bad argument", outcome.badArgument, { name: "WaxsealError", code: "badArgument" });

  const passes = ["rsa", "ed25519"].map((type) => [
    `${type}-sha256`,
    "pass",
    "The signature of example.com verifies.",
  ]);
  const { signed, streamed, leak } = outcome;
  expect("signed and verified", signed.results, passes);
  const [natively] = input.verify(zoneFile(signed.zone), signed.message);
  expect("signed, verified natively", natively.signatures.map((one) => [one.algorithm, one.result, one.explanation]), passes);

  expect("signed and verified as streams", streamed.results, passes);
  if (!(streamed.octets >= 50 * 1024 * 1024)) faults.push(`only ${streamed.octets} octets were streamed`);
  const { before, after } = streamed.memory;
  // Null where the module had been started before anyone could watch.
  if (after !== null && !(after <= MEMORY.most && after - before <= MEMORY.growth)) {
    faults.push(`the module's memory grew from ${before} to ${after} octets while 50 MB were streamed twice`);
  }
  expect("verifications that passed", leak.passed, verifications);
  expect("the module's memory after them", leak.after, leak.before);
  return faults;
}

/** Where two values differ. */
function differences(found, wanted, path) {
  if (isDeepStrictEqual(found, wanted)) return [];
  const isObject = (value) => typeof value === "object" && value !== null;
  if (!isObject(found) || !isObject(wanted)) {
    return [`${path} is ${JSON.stringify(found)}, natively ${JSON.stringify(wanted)}`];
  }
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])];
  return names.flatMap((name) => differences(found[name], wanted[name], `${path}.${name}`));
}

function zoneFile(records) {
  const entries = Object.entries(records).map(([name, record]) => {
    const strings = record.match(/.{1,255}/g).map((string) => `"${string}"`);
    return `${name}. 3600 IN TXT ${strings.join(" ")}\n`;
  });
  return entries.join("");
}
