// Messages other people wrote (../shared/vectors), through the package: the right verdict, and the
// same report as the native core, byte for byte.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { createVerifier, formatAuthenticationResults, inPieces, verify } from "./support.mjs";

const VECTORS = new URL("../../../shared/vectors/", import.meta.url);
const NATIVE =
  process.env.WAXSEAL_NATIVE_REPORTS ?? new URL("../../target/native-reports.jsonl", import.meta.url);

const lines = (file) =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

function skipped(what) {
  console.log(`skipped: ${what} is not there`);
  return [];
}

const KINDS = ["dkim", "arc"];

const cases = existsSync(VECTORS)
  ? lines(new URL("cases.jsonl", VECTORS)).filter(({ kind }) => KINDS.includes(kind))
  : skipped("../shared/vectors");

/** The verdicts are compared by class, as the README of the vectors says. */
function classOf(result) {
  return { pass: "pass", temperror: "temporary" }[result] ?? "permanent";
}

function optionsOf({ dns, now }) {
  const zone = new Map(Object.entries(dns).map(([name, value]) => [name.toLowerCase(), value]));
  const resolver = async (name) => {
    const value = zone.get(name);
    if (!value) return { rcode: "NXDOMAIN", records: [] };
    if (Array.isArray(value)) return { rcode: "NOERROR", records: value.map((record) => [record]) };
    return { ...value, records: [] };
  };
  return { now, resolver, trace: true, policy: { allowBodyLength: true } };
}

const messageOf = ({ message }) => readFileSync(new URL(message, VECTORS));
const reports = new Map();
for (const one of cases) reports.set(one.id, await verify(messageOf(one), optionsOf(one)));

const clearOf = (wanted) => cases.filter(({ kind, status }) => kind === wanted && status === "clear");

test("every clear DKIM case is right", { skip: cases.length === 0 }, () => {
  const clear = clearOf("dkim");
  const wrong = clear.filter(({ id, expected }) => {
    // Cases of DKIM say nothing of the DomainKeys signatures beside.
    const signatures = reports.get(id).signatures.filter(({ protocol }) => protocol === "dkim");
    const found = signatures.map(({ result }) => classOf(result));
    return found.join() !== expected.map(({ result }) => classOf(result)).join();
  });
  console.log(`${clear.length - wrong.length} of ${clear.length} clear DKIM cases are right`);
  assert.ok(clear.length > 0);
  assert.deepEqual(
    wrong.map(({ id, expected }) => [id, expected.map((e) => e.result), reports.get(id).signatures.map((s) => `${s.result} ${s.explanation}`)]),
    [],
  );
});

test("every clear ARC case is right", { skip: cases.length === 0 }, () => {
  const clear = clearOf("arc");
  const wrong = clear.flatMap(({ id, overall }) => {
    const { result, explanation } = reports.get(id).arc;
    return result === overall ? [] : [[id, overall, result, explanation]];
  });
  console.log(`${clear.length - wrong.length} of ${clear.length} clear ARC cases are right`);
  assert.ok(clear.length > 0);
  assert.deepEqual(wrong, []);
});

test("any chunking gives the same report", { skip: cases.length === 0 }, async () => {
  for (const one of cases) {
    for (const lengths of [[1], [7, 1, 64]]) {
      const verifier = createVerifier(optionsOf(one));
      for (const piece of inPieces(messageOf(one), ...lengths)) verifier.write(piece);
      const report = JSON.stringify(await verifier.end());
      assert.equal(report, JSON.stringify(reports.get(one.id)), `${one.id} in ${lengths}`);
    }
  }
});

test("who computes makes no difference", { skip: cases.length === 0 }, async (t) => {
  const { subtle } = globalThis.crypto;
  const asked = t.mock.method(Object.getPrototypeOf(subtle), "verify");
  for (const one of cases) {
    const report = await verify(messageOf(one), { ...optionsOf(one), crypto: "webcrypto" });
    assert.equal(JSON.stringify(report), JSON.stringify(reports.get(one.id)), one.id);
  }
  console.log(`${cases.length} reports by WebCrypto are equal, after ${asked.mock.callCount()} checks`);
  assert.ok(asked.mock.callCount() > cases.length / 2);
});

test("a report that went through JSON is told as it was", { skip: cases.length === 0 }, () => {
  for (const [id, report] of reports) {
    const copy = JSON.parse(JSON.stringify(report));
    assert.equal(formatAuthenticationResults(copy, "localhost"), report.authenticationResults, id);
  }
});

test("the reports are the native ones, byte for byte", { skip: cases.length === 0 }, () => {
  if (!existsSync(NATIVE)) {
    skipped(NATIVE);
    assert.ok(!process.env.CI, `${NATIVE} is written by the native tests, which must run before`);
    return;
  }
  const native = lines(NATIVE);
  let compared = 0;
  for (const { id, report } of native) {
    if (!reports.has(id)) continue;
    assert.equal(JSON.stringify(reports.get(id)), report, id);
    compared++;
  }
  console.log(`${compared} reports are equal to the native ones`);
  assert.equal(compared, cases.length);
});
