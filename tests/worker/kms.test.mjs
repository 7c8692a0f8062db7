// examples/kms-aws.js: a worker bound as KMS, before an AWS KMS of ours that checks every signature of a request.
import assert from "node:assert/strict";
import { createHash, createHmac, createPrivateKey, constants, generateKeyPairSync, privateEncrypt } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { PROJECT, TOKEN, authorized, errorOf, outcomes, start, waxseal } from "./support.mjs";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** What AWS computes of a request (Signature Version 4). */
function signatureOf(request, body) {
  const [, date, region, names] = /Credential=AKIDEXAMPLE\/(\d{8})\/([\w-]+)\/kms\/aws4_request, SignedHeaders=([\w;-]+), Signature=[0-9a-f]{64}$/.exec(request.headers.get("authorization"));
  const hash = (text) => createHash("sha256").update(text).digest("hex");
  const url = new URL(request.url);
  const value = (name) => (name === "host" ? url.host : request.headers.get(name));
  const fields = names.split(";").map((name) => `${name}:${value(name)}\n`).join("");
  const canonical = `POST\n${url.pathname}\n\n${fields}\n${names}\n${hash(body)}`;
  const text = `AWS4-HMAC-SHA256\n${request.headers.get("x-amz-date")}\n${date}/${region}/kms/aws4_request\n${hash(canonical)}`;
  const key = [date, region, "kms", "aws4_request"].reduce((key, part) => createHmac("sha256", key).update(part).digest(), `AWS4${SECRET}`);
  return createHmac("sha256", key).update(text).digest("hex");
}

/** RSASSA-PKCS1-v1_5 over a SHA-256 that is there already. */
function signDigest(digest) {
  const prefix = Buffer.from("3031300d060960864801650304020105000420", "hex");
  const key = createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }));
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([prefix, digest]));
}

test("a key in AWS KMS signs", async (t) => {
  const asked = [];
  let broken = false;
  const aws = async (request, Answer) => {
    const body = await request.text();
    assert.equal(request.url, "https://kms.eu-central-1.amazonaws.com/");
    const { KeyId, Message, MessageType, SigningAlgorithm } = JSON.parse(body);
    asked.push([request.headers.get("x-amz-target"), KeyId, MessageType, SigningAlgorithm]);
    const right = request.headers.get("authorization").endsWith(`Signature=${signatureOf(request, body)}`);
    if (!right || broken) return new Answer('{"__type":"AccessDeniedException"}', { status: 400 });
    return Answer.json({ KeyId, Signature: signDigest(Buffer.from(Message, "base64")).toString("base64"), SigningAlgorithm });
  };
  const SIGNATURES = [{ domain: "example.com", selector: "2026r", kms: "KMS", algorithm: "rsa-sha256" }, { domain: "other.example", selector: "x", kms: "KMS", algorithm: "rsa-sha256" }];
  const worker = await start(t, {
    env: { SIGN_TOKEN: TOKEN, SIGNATURES },
    services: { KMS: "kms" },
    workers: [
      {
        name: "kms",
        script: readFileSync(join(PROJECT, "examples/kms-aws.js"), "utf8"),
        bindings: { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: SECRET, AWS_REGION: "eu-central-1", KMS_KEYS: { "2026r._domainkey.example.com": "alias/dkim" } },
        outboundService: (request) => aws(request, worker.Answer),
      },
    ],
  });
  const sign = (author) => worker.fetch("/sign", { method: "POST", body: `From: ${author}\r\n\r\nHi.\r\n`, headers: authorized() });
  const signed = await (await sign("a@example.com")).text();
  assert.deepEqual(asked, [["TrentService.Sign", "alias/dkim", "DIGEST", "RSASSA_PKCS1_V1_5_SHA_256"]]);
  const { name, value } = waxseal.keyRecord(publicKey.export({ type: "spki", format: "pem" }), { domain: "example.com", selector: "2026r" });
  const report = await waxseal.verify(signed, { resolver: async (asked) => (asked === name ? [[value]] : []) });
  assert.deepEqual(outcomes(report), ["pass"]);

  await errorOf(await sign("a@other.example"), 502, "signerFailed");
  broken = true;
  await errorOf(await sign("a@example.com"), 502, "signerFailed");
});
