// A worker to be bound as KMS, for keys in AWS KMS (KeySpec RSA_2048, KeyUsage SIGN_VERIFY): what it needs are
// the secrets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of a user who may kms:Sign with these keys, and
// nothing else, and the variables
//
//   AWS_REGION   eu-central-1
//   KMS_KEYS     { "2026r._domainkey.example.com": "alias/dkim-example-com" }
//
// It has no route: only workers to which it is bound reach it.

/**
 * @typedef {object} Env
 * @property {string} AWS_ACCESS_KEY_ID
 * @property {string} AWS_SECRET_ACCESS_KEY
 * @property {string} AWS_REGION
 * @property {Record<string, string>} KMS_KEYS
 */

export default {
  /** @param {Request} request @param {Env} env */
  async fetch(request, env) {
    if (request.method !== "POST") return new Response(null, { status: 405, headers: { allow: "POST" } });
    const { algorithm, domain, selector, digest } = await request.json();
    const keyId = env.KMS_KEYS[`${selector}._domainkey.${domain}`];
    if (!keyId || algorithm !== "rsa-sha256") return new Response(null, { status: 404 });
    const body = JSON.stringify({
      KeyId: keyId,
      Message: digest,
      MessageType: "DIGEST",
      SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
    });
    const response = await fetch(await signedRequest(env, "TrentService.Sign", body));
    if (!response.ok) {
      await response.body?.cancel();
      return new Response(null, { status: 502 });
    }
    const { Signature } = await response.json();
    return new Response(Uint8Array.from(atob(Signature), (character) => character.charCodeAt(0)));
  },
};

/**
 * A request to AWS KMS, signed with Signature Version 4.
 *
 * @param {Env} env
 * @param {string} target
 * @param {string} body
 */
async function signedRequest(env, target, body) {
  const host = `kms.${env.AWS_REGION}.amazonaws.com`;
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, ""); // 20261123T060000Z
  const scope = [time.slice(0, 8), env.AWS_REGION, "kms", "aws4_request"];
  /** @type {Record<string, string>} */
  const headers = { "content-type": "application/x-amz-json-1.1", host, "x-amz-date": time, "x-amz-target": target };
  const names = Object.keys(headers).sort();
  const canonical = [
    "POST",
    "/",
    "",
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    hex(await crypto.subtle.digest("SHA-256", utf8(body))),
  ].join("\n");
  const hash = hex(await crypto.subtle.digest("SHA-256", utf8(canonical)));
  const toSign = ["AWS4-HMAC-SHA256", time, scope.join("/"), hash].join("\n");
  /** @type {BufferSource} */
  let key = utf8(`AWS4${env.AWS_SECRET_ACCESS_KEY}`);
  for (const part of scope) key = await hmac(key, part);
  const signature = hex(await hmac(key, toSign));
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${env.AWS_ACCESS_KEY_ID}/${scope.join("/")}, ` +
    `SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return new Request(`https://${host}/`, { method: "POST", headers: { ...headers, authorization }, body });
}

/** @param {BufferSource} key @param {string} text */
async function hmac(key, text) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return crypto.subtle.sign("HMAC", imported, utf8(text));
}

/** @param {string} text */
function utf8(text) {
  return new TextEncoder().encode(text);
}

/** @param {ArrayBuffer} buffer */
function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (octet) => octet.toString(16).padStart(2, "0")).join("");
}
