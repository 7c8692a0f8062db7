// Why signatures fail, as the package tells it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { KEYS, MESSAGE, OCTETS, WaxsealError, diagnose, good, verify } from "./support.mjs";

const damaged = (damage) => diagnose(damage(MESSAGE), good());

/** What restores each signature that fails. */
const restoredBy = ({ signatures }) =>
  signatures.map(({ findings }) =>
    findings
      .filter(({ restored }) => restored)
      .flatMap(({ changes }) => changes.map(({ hypothesis }) => hypothesis))
      .join(" + "),
  );

test("a message that passes has the report of verify(), and nothing to tell", async () => {
  const diagnosis = await diagnose(MESSAGE, good());
  assert.deepEqual(diagnosis.report, await verify(MESSAGE, good()));
  assert.deepEqual(diagnosis.signatures, []);
  assert.deepEqual(diagnosis.message, []);
  assert.equal(diagnosis.repairedReport, null);
});

test("what a mailing list does is named, and is no pass", async () => {
  const diagnosis = await damaged(
    (text) => text.replace("Subject: ", "Subject: [football] ") + "-- \r\nThe football list\r\n",
  );
  assert.equal(diagnosis.report.result, "fail");
  assert.deepEqual(restoredBy(diagnosis), ["subjectTag + footer", "subjectTag + footer"]);
  const [signature] = diagnosis.signatures;
  assert.deepEqual([signature.index, signature.header, signature.body], [0, "wouldVerify", "wouldVerify"]);
  assert.match(signature.explanation, /^It would verify without "\[football\]" in Subject and without the 2 lines /);
  const [header, body] = signature.findings;
  assert.deepEqual([header.part, header.changes[0].field, header.changes[0].before], ["header", "Subject", "[football] "]);
  assert.deepEqual([body.part, body.changes[0].lines, body.changes[0].before], ["body", 2, "-- \r\nThe football list\r\n"]);
});

test("text whose lines end in LF is repaired as a whole, and its keys are looked up", async () => {
  const asked = [];
  const resolver = async (name) => {
    asked.push(name);
    return KEYS[name] ? [[KEYS[name]]] : [];
  };
  const text = MESSAGE.replaceAll("\r\n", "\n");
  const diagnosis = await diagnose(text, { ...good(), resolver, alignment: false });
  assert.equal(diagnosis.report.result === "pass", false);
  assert.equal(diagnosis.repairedReport.result, "pass");
  assert.deepEqual(
    diagnosis.message.map(({ hypothesis, restored }) => [hypothesis, restored]),
    [["lineEndings", true]],
  );
  assert.deepEqual(asked.sort(), Object.keys(KEYS).sort());
});

test("every kind of message is taken, and how it is cut makes no difference", async () => {
  const octets = OCTETS.slice();
  octets[octets.length - 5] ^= 1;
  const whole = await diagnose(octets, good());
  assert.deepEqual(restoredBy(whole), ["", ""]);
  const chunks = async function* () {
    for (let at = 0; at < octets.length; at += 7) yield octets.subarray(at, at + 7);
  };
  assert.deepEqual(await diagnose(chunks(), good()), whole);
  assert.deepEqual(await diagnose(new Blob([octets]), good()), whole);
});

test("the bounds are heeded", async () => {
  const text = MESSAGE.replace("hungry", "thirsty");
  const none = await diagnose(text, { ...good(), bounds: { hashedPerOctet: 0, hashedOctets: 10 } });
  assert.ok(none.signatures.every(({ exhausted }) => exhausted));
  assert.equal(none.work.limit, 10);
  const small = await diagnose(text, { ...good(), bounds: { messageOctets: 100 } });
  assert.deepEqual(small.signatures, []);
  assert.equal(small.message[0].hypothesis, "tooLarge");
  assert.equal(small.report.result, "fail");
});

test("wrong options are named", async () => {
  const wrong = [
    [{ bounds: { octets: 1 } }, /options\.bounds\.octets/],
    [{ bounds: { hashedOctets: -1 } }, /options\.bounds\.hashedOctets/],
    [{ bounds: 3 }, /options\.bounds/],
    [{ traces: true }, /options\.traces/],
    [3, /options/],
  ];
  for (const [options, message] of wrong) {
    await assert.rejects(diagnose(MESSAGE, options), (error) => {
      assert.ok(error instanceof WaxsealError);
      assert.equal(error.code, "badArgument");
      assert.match(error.message, message);
      return true;
    });
  }
});

test("a diagnosis can be aborted", async () => {
  const controller = new AbortController();
  const resolver = () => {
    controller.abort(new Error("enough"));
    return new Promise(() => {});
  };
  const pending = diagnose(MESSAGE, { ...good(), resolver, signal: controller.signal });
  await assert.rejects(pending, /^Error: enough$/);
});
