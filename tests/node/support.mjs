// What the tests share: the assembled package, and the example of RFC 8463 appendix A.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

/** The folder of the assembled package. */
export const PACKAGE = resolve(
  process.env.WAXSEAL_PACKAGE ?? new URL("../../target/npm", import.meta.url).pathname,
);

const entry = (name) => import(pathToFileURL(`${PACKAGE}/${name}.js`).href);

export const {
  verify,
  createVerifier,
  sign,
  createSigner,
  repairLineEndings,
  sealArc,
  parseAuthenticationResults,
  formatAuthenticationResults,
  generateKeyPair,
  keyRecord,
  checkKey,
  ready,
  WaxsealError,
} = await entry("index");
export const { diagnose } = await entry("diagnose");
export const { answerLifetime, dohResolver } = await entry("doh");
export const { zoneResolver } = await entry("zone");
export const { nodeResolver } = await entry("node");

/** RFC 8463 §A.3: signed with an Ed25519 and an RSA key. */
export const MESSAGE = readFileSync(
  new URL("../../docs/samples/rfc8463.eml", import.meta.url),
  "utf8",
);

export const OCTETS = new TextEncoder().encode(MESSAGE);

export const BRISBANE = "brisbane._domainkey.football.example.com";
export const TEST = "test._domainkey.football.example.com";

/** RFC 8463 §A.2: the keys of the message. */
export const KEYS = {
  [BRISBANE]: "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
  [TEST]:
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhd" +
    "R6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5" +
    "QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
};

export const NOW = 1528637909;

/** Answers from KEYS, as `string[][]`; there is nothing else. */
export const resolver = async (name) => (KEYS[name] ? [[KEYS[name]]] : []);

/** Options under which the message passes. */
export const good = (more) => ({ now: NOW, resolver, ...more });

/** What became of each signature: `pass`, or for instance `temperror keyUnavailable`. */
export function outcomes(report) {
  return report.signatures.map(({ result, reason }) => (reason ? `${result} ${reason}` : result));
}

/** A test of an error: a WaxsealError with this code, whose message begins so, or is like that. */
export function failsWith(code, message = "") {
  return (error) => {
    assert.ok(error instanceof WaxsealError && error instanceof Error, `${error?.stack}`);
    assert.equal(error.name, "WaxsealError");
    assert.equal(error.code, code, error.stack);
    if (message instanceof RegExp) assert.match(error.message, message);
    else assert.ok(error.message.startsWith(message), error.message);
    return true;
  };
}

/** The array in pieces of those lengths, over and over. */
export function* inPieces(octets, ...lengths) {
  for (let at = 0, i = 0; at < octets.length; i++) {
    const length = lengths[i % lengths.length];
    yield octets.subarray(at, at + length);
    at += length;
  }
}

/** The array as an AsyncIterable of pieces. */
export async function* asyncPieces(octets, ...lengths) {
  for (const piece of inPieces(octets, ...lengths)) {
    await new Promise((resolve) => setImmediate(resolve));
    yield piece;
  }
}
