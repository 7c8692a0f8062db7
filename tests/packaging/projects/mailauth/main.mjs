// What the README's table for users of mailauth says: the same message, here and there.
import assert from "node:assert/strict";
import { sealMessage } from "mailauth/lib/arc/index.js";
import { dkimSign } from "mailauth/lib/dkim/sign.js";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { createSigner, generateKeyPair, sealArc, sign, verify } from "waxseal";

const names = { domain: "example.com", selector: "s1" };
const { privateKey, record } = await generateKeyPair({ type: "rsa", ...names });
const MESSAGE = "From: Joe <joe@example.com>\r\nTo: a@b.example\r\nSubject: Hi\r\n\r\nHi.\r\n\r\nBye.\r\n";
const now = 1_750_000_000;
const at = (seconds) => new Date(seconds * 1000);

/** As dns.promises.resolve, which both take. */
const resolver = async (name, type) => {
  assert.equal(type, "TXT");
  if (name === "s1._domainkey.example.com") return [record.match(/.{1,255}/g)];
  if (name.startsWith("lost.")) throw Object.assign(new Error("no answer"), { code: "ETIMEOUT" });
  throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
};

const theirs = async (message, options) => (await dkimVerify(message, { resolver, curTime: at(now), ...options })).results[0];
const ours = (message, options) => verify(message, { resolver, now, ...options });

// sign: the options by their other names give the same field, but for tags that are written at will.
const [one, other] = [
  await dkimSign(MESSAGE, {
    canonicalization: "relaxed/relaxed",
    signTime: at(now),
    expires: at(now + 3600),
    headerList: "From:To",
    signatureData: [{ signingDomain: names.domain, selector: names.selector, privateKey }],
  }),
  await sign(MESSAGE, {
    now,
    signatures: [{ ...names, key: privateKey, canonicalization: "relaxed/relaxed", ttl: 3600, headers: ["From", "To"] }],
  }),
];
assert.deepEqual(one.errors, []);
const [signedThere, signedHere] = [one.signatures + MESSAGE, Buffer.from(other.message())];
for (const message of [signedThere, signedHere]) {
  const { status, ...result } = await theirs(message);
  const report = await ours(message);
  const [first] = report.signatures;
  assert.deepEqual([status.result, report.result, first.result], ["pass", "pass", "pass"]);
  assert.deepEqual([first.domain, first.selector, first.algorithm], [result.signingDomain, result.selector, result.algo]);
  assert.equal(`${first.canonicalization.header}/${first.canonicalization.body}`, result.format);
  assert.deepEqual([first.bodyHash.computed, first.bodyHash.claimed], [result.bodyHash, result.bodyHashExpecting]);
  assert.deepEqual([first.timestamp, first.expires], [now, now + 3600]);
  assert.deepEqual([at(first.timestamp).toISOString(), at(first.expires).toISOString()], [result.signTime, result.expiresAfter]);
  assert.deepEqual([status.aligned, first.aligned], ["example.com", "strict"]);
  assert.equal(first.key.bits, result.modulusLength);
}

// verify: what becomes of what does not pass.
const signed = signedHere.toString();
const cases = {
  "no key": [signed.replace("s=s1;", "s=none;"), {}, {}, "neutral", ["permerror", "keyNotFound"]],
  "no answer": [signed.replace("s=s1;", "s=lost;"), {}, {}, "temperror", ["temperror", "keyUnavailable"]],
  "another body": [`${signed}PS\r\n`, {}, {}, "neutral", ["fail", "bodyHashMismatch"]],
  "another header": [signed.replace("<joe@", "<jim@"), {}, {}, "fail", ["fail", "signatureMismatch"]],
  expired: [signed, { curTime: at(now + 9999) }, { now: now + 9999 }, "neutral", ["policy", "expired"]],
  "a weak key": [signed, { minBitLength: 4096 }, { policy: { minRsaBits: 4096 } }, "policy", ["permerror", "keyTooSmall"]],
};
for (const [kind, [message, there, here, result, verdict]] of Object.entries(cases)) {
  assert.equal((await theirs(message, there)).status.result, result, kind);
  const { signatures: [first] } = await ours(message, here);
  assert.deepEqual([first.result, first.reason], verdict, kind);
}

// Streams, l=, and ARC.
const limited = await dkimSign(MESSAGE, {
  signTime: at(now),
  signatureData: [{ signingDomain: names.domain, selector: names.selector, privateKey, maxBodyLength: 5 }],
});
const refused = await ours(limited.signatures + MESSAGE);
assert.equal(refused.result, "policy");
const allowed = await ours(limited.signatures + MESSAGE, { policy: { allowBodyLength: true } });
assert.deepEqual([allowed.result, allowed.coverage.body.signed], ["pass", 5]);
const signer = createSigner({ now, signatures: [{ ...names, key: privateKey, bodyLength: 5 }] });
await signer.write(Buffer.from(MESSAGE));
assert.equal((await theirs((await signer.end()).header + MESSAGE)).status.result, "pass");

const sealedHere = await sealArc(MESSAGE, { ...names, key: privateKey, authservId: "mx.example", now });
const seal = { signingDomain: names.domain, selector: names.selector, privateKey, authResults: "mx.example; none", cv: "none" };
const sealedThere = Buffer.concat([await sealMessage(MESSAGE, seal), Buffer.from(MESSAGE)]);
// By the clock, which mailauth seals by.
for (const message of [sealedHere.message(), sealedThere]) {
  const { arc } = await ours(message, { now: undefined });
  assert.equal(arc.result, "pass", arc.explanation);
}
