// What the scenario is given, what the native command says to the same, and whether an outcome is
// as it should be.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { hostileMessages } from "./hostile.mjs";

/** The time of the verifications, in Unix seconds: that of the sample. */
const NOW = 1528637909;

/**
 * In octets: the module's memory at most, what 50 MB may add to it, and what they may add to the heap of
 * the host, which has garbage of its own.
 */
const MEMORY = { most: 4 << 20, growth: 256 << 10, host: 8 << 20 };

/** Enough for what is forgotten by one of a hundred to show. */
const REPEATED = { verifications: 300, signings: 300 };

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
    write(folder, project) {
      const { verifications, signings } = { ...REPEATED, ...project };
      const input = { messages, checked, zone: zone + keys, now: NOW, verifications, signings };
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
export function judge(outcome, input, project) {
  const { verifications, signings } = { ...REPEATED, ...project };
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
  const { kinds, doh, errors, signed, streamed, around, leak, diagnosed } = outcome;
  for (const fault of differences(diagnosed.report, input.reports.fail, "")) {
    faults.push(`the report of a diagnosis is not the native one: ${fault}`);
  }
  const why = "It would verify without the 2 lines appended at the end.";
  expect("diagnoses", diagnosed.explanations, [why, why]);
  expect("a diagnosis over DNS over HTTPS", diagnosed.overDoh, "pass");
  expect("kinds of message with another report", kinds, { tried: 8, others: [] });

  const both = (...verdict) => [verdict, verdict];
  const outage = both("temperror", "keyUnavailable");
  expect("DNS over HTTPS", doh, { get: both("pass", null), post: both("pass", null), outage });

  expect("errors", errors, {
    badArgument: [true, "WaxsealError", "badArgument"],
    badKey: [true, "WaxsealError", "badKey"],
    before: [false, "AbortError"],
    whileReading: [false, "AbortError"],
    whileAsking: [false, "Error", null, "enough"],
    deadline: "temperror",
    ended: [true, "WaxsealError", "ended"],
  });

  const good = (type) => [`${type}-sha256`, "pass", "The signature of example.com verifies."];
  // By PEM, then by DER, a CryptoKey and an outside signer.
  const passes = ["rsa", "ed25519", "rsa", "rsa", "rsa"].map(good);
  expect("signed and verified", signed.results, passes);
  const [natively] = input.verify(zoneFile(signed.zone), signed.message);
  expect("signed, verified natively", natively.signatures.map((one) => [one.algorithm, one.result, one.explanation]), passes);

  expect("signed and verified as streams", streamed.results, ["rsa", "ed25519"].map(good));
  if (!(streamed.octets >= 50 * 1024 * 1024)) faults.push(`only ${streamed.octets} octets were streamed`);
  const { before, ...meanwhile } = streamed.memory;
  for (const [when, after] of Object.entries(meanwhile)) {
    // Null where the module had been started before anyone could watch, and where garbage cannot be collected.
    if (after.module > MEMORY.most || after.module - before.module > MEMORY.growth) {
      faults.push(`the module's memory grew from ${before.module} to ${after.module} octets while ${when} 50 MB`);
    }
    if (after.host - before.host > MEMORY.host) {
      faults.push(`the host's heap grew from ${before.host} to ${after.host} octets while ${when} 50 MB`);
    }
  }
  if (project.watched && !(before.module && before.host)) faults.push("the memory could not be watched");

  expect("around", around, {
    arc: "pass",
    authservId: "mx.example",
    methods: ["dkim=none", "arc=pass"],
    recordIsSame: true,
    published: "pass",
    another: "permerror",
    missing: "keyNotFound",
  });
  expect("verifications that passed", leak.verified.good, verifications);
  expect("the module's memory after them", leak.verified.after, leak.verified.before);
  expect("signings that came to something", leak.signed.good, signings);
  expect("the module's memory after them", leak.signed.after, leak.signed.before);
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
