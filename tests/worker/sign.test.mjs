// POST /sign.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign as signRaw } from "node:crypto";
import { test } from "node:test";

import { TOKEN, UNSIGNED, authorized, errorOf, here, keysFor, outcomes, start, waxseal } from "./support.mjs";

const from = (author, body = "Hi.\r\n") => `From: ${author}\r\nSubject: Hello\r\nDate: Mon, 23 Nov 2026 00:00:00 +0000\r\n\r\n${body}`;

const EXAMPLE = await keysFor("example.com");

/** What the package says to a message with these records. */
async function judged(message, zone) {
  const resolver = async (name) => (zone[name] ? [[zone[name]]] : []);
  return waxseal.verify(message, { resolver });
}

const post = (worker, body, { query = "", headers = authorized() } = {}) => worker.fetch(`/sign${query}`, { method: "POST", body, headers });

test("the whole message comes back, signed with every key of the author's domain", async (t) => {
  const worker = await start(t, { env: EXAMPLE.env });
  const message = from("Joe <joe@example.com>");
  const response = await post(worker, message);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "message/rfc822");
  assert.equal(response.headers.get("x-waxseal-warnings"), null);
  const signed = await response.text();
  assert.ok(signed.endsWith(message));
  const report = await judged(signed, EXAMPLE.zone);
  assert.deepEqual(report.signatures.map(({ algorithm, result, domain, aligned }) => [algorithm, result, domain, aligned]), [
    ["rsa-sha256", "pass", "example.com", "strict"],
    ["ed25519-sha256", "pass", "example.com", "strict"],
  ]);
  const [line] = await worker.log();
  assert.deepEqual([line.event, line.status, line.signatures], ["sign", 200, 2]);
  assert.doesNotMatch(worker.printed(), /@|example|joe|Hello/i);
});

test("with ?header the fields alone come back, to put in front", async (t) => {
  const worker = await start(t, { env: EXAMPLE.env });
  const message = from("joe@example.com", "x".repeat(900).concat("\r\n").repeat(300));
  for (const query of ["?header", "?header=1", "?header="]) {
    const response = await post(worker, message, { query });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "text/rfc822-headers");
    const header = await response.text();
    assert.match(header, /^DKIM-Signature: v=1; a=rsa-sha256;[^]*\r\nDKIM-Signature: v=1; a=ed25519-sha256;[^]*\r\n$/);
    assert.deepEqual(outcomes(await judged(header + message, EXAMPLE.zone)), ["pass", "pass"]);
  }
});

test("line ends that transport would change are repaired, in what comes back as well", async (t) => {
  const worker = await start(t, { env: EXAMPLE.env });
  const options = { signatures: [{ domain: "example.com", selector: "rsa", key: EXAMPLE.pairs.rsa.privateKey }] };
  for (const message of [
    from("joe@example.com", "a\nb\rc\r\n\n\r\r\n").replaceAll("\r\n", "\n"),
    from("joe@example.com", "a\nb\rc\r\n\n\r\r\n\r"),
    from("joe@example.com", "\n"),
    "From: joe@example.com\n\nx",
    "From: joe@example.com\r\rx",
    `From: joe@example.com\nX: ${"y\n ".repeat(5000)}\n\n${"z\r".repeat(70000)}`,
  ]) {
    const response = await post(worker, message);
    assert.equal(response.status, 200, message.slice(0, 50));
    assert.equal(response.headers.get("x-waxseal-warnings"), "lineEndingsRepaired");
    const signed = await response.text();
    const report = await judged(signed, EXAMPLE.zone);
    assert.deepEqual(outcomes(report), ["pass", "pass"]);
    assert.deepEqual(report.warnings, []);
    // as the package does it
    const theirs = new TextDecoder().decode((await waxseal.sign(message, options)).message());
    const without = (text) => text.slice(text.search(/^From:/m));
    assert.equal(without(signed), without(theirs));
    const alone = await post(worker, message, { query: "?header" });
    assert.equal(alone.headers.get("x-waxseal-warnings"), "lineEndingsRepaired");
    assert.match(await alone.text(), /^DKIM-Signature/);
  }
});

test("the author's domain chooses the keys", async (t) => {
  const other = await keysFor("other.example", ["ed25519"]);
  const deep = await keysFor("news.example.com", ["ed25519"]);
  const idn = await keysFor("bücher.example", ["ed25519"]);
  const env = { ...EXAMPLE.env };
  for (const keys of [other, deep, idn]) Object.assign(env, keys.env, { SIGNATURES: [...env.SIGNATURES, ...keys.env.SIGNATURES] });
  const worker = await start(t, { env });
  for (const [author, domains] of [
    ["a@example.com", ["example.com", "example.com"]],
    ["a@EXAMPLE.Com", ["example.com", "example.com"]],
    ["a@shop.example.com", ["example.com", "example.com"]],
    ["a@news.example.com", ["news.example.com"]],
    ["a@daily.news.example.com", ["news.example.com"]],
    ["a@other.example", ["other.example"]],
    ["a@stranger.example, b@other.example", ["other.example"]],
    ["Bü <a@bücher.example>", ["xn--bcher-kva.example"]],
    ["a@xn--bcher-kva.example", ["xn--bcher-kva.example"]],
    ['"a@example.com" <a@other.example>', ["other.example"]],
  ]) {
    const response = await post(worker, from(author), { query: "?header" });
    const header = await response.text();
    assert.deepEqual([...header.matchAll(/[;\t ]d=([^;]+);/g)].map(([, domain]) => domain), domains, `${author}: ${header}`);
  }
  for (const author of ["a@notexample.com", "a@example", "a@example.com.evil.example"]) {
    await errorOf(await post(worker, from(author)), 400, "noKey");
  }
  await errorOf(await post(worker, "Subject: no author\r\n\r\nHi.\r\n"), 400, "noAuthor");
  await errorOf(await post(worker, from("undisclosed:;")), 400, "noAuthor");
});

test("who has no token does not sign", async (t) => {
  const worker = await start(t, { env: EXAMPLE.env });
  for (const authorization of [
    undefined,
    "",
    "Bearer",
    "Bearer ",
    "Basic Zm9vOmJhcg==",
    `Basic ${TOKEN}`,
    TOKEN,
    `Bearer ${TOKEN.slice(0, -1)}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.toUpperCase()}`,
    `Bearer ${TOKEN} ${TOKEN}`,
    `Bearer ${TOKEN},`,
    "Bearer \u00ff\u00fe%00'\"; --",
    `Bearer ${"x".repeat(8000)}`,
    "Bearer undefined",
    "Bearer null",
    "Bearer [object Object]",
  ]) {
    const headers = { "content-type": "message/rfc822", ...(authorization !== undefined && { authorization }) };
    const response = await post(worker, UNSIGNED, { headers });
    assert.match(response.headers.get("www-authenticate"), /^Bearer realm="waxseal"/);
    const why = await errorOf(response, 401, "unauthorized");
    assert.ok(!why.includes(TOKEN));
  }
  assert.ok(!worker.printed().includes(TOKEN.slice(0, 8)));
  for (const authorization of [`bearer ${TOKEN}`, `BEARER   ${TOKEN}  `]) {
    const response = await post(worker, from("a@example.com"), { headers: { authorization } });
    assert.equal(response.status, 200);
  }
});

test("two tokens can be right at a time, and none is where none is set", async (t) => {
  const two = await start(t, { env: { ...EXAMPLE.env, SIGN_TOKEN: ` old-token\nnew+token/=~. ` } });
  for (const token of ["old-token", "new+token/=~."]) {
    assert.equal((await post(two, from("a@example.com"), { headers: { authorization: `Bearer ${token}` } })).status, 200);
  }
  await errorOf(await post(two, UNSIGNED, { headers: { authorization: "Bearer old-token new+token/=~." } }), 401, "unauthorized");
  for (const SIGN_TOKEN of ["", " ", undefined]) {
    const { SIGN_TOKEN: _, ...rest } = EXAMPLE.env;
    await here({ ...rest, ...(SIGN_TOKEN !== undefined && { SIGN_TOKEN }) }, async (none) => {
      for (const authorization of ["Bearer", "Bearer ", "Bearer undefined", `Bearer ${TOKEN}`]) {
        await errorOf(await post(none, UNSIGNED, { headers: { authorization } }), 401, "unauthorized");
      }
    });
  }
});

test("without keys there is no signing", async () => {
  for (const env of [{}, { SIGNATURES: [] }, { SIGNATURES: "" }, { SIGNATURES: "[]" }]) {
    await here({ SIGN_TOKEN: TOKEN, ...env }, async (worker) => {
      await errorOf(await post(worker, UNSIGNED), 404, "signingOff");
    });
  }
});

test("keys may come from the Secrets Store", async () => {
  const { KEY_EXAMPLE_COM_RSA: pem, KEY_EXAMPLE_COM_ED25519: other, ...rest } = EXAMPLE.env;
  const stored = (value) => ({ get: async () => value });
  await here({ ...rest, KEY_EXAMPLE_COM_RSA: stored(pem), KEY_EXAMPLE_COM_ED25519: stored(other) }, async (worker) => {
    const signed = await (await post(worker, from("a@example.com"))).text();
    assert.deepEqual(outcomes(await judged(signed, EXAMPLE.zone)), ["pass", "pass"]);
  });
  await here({ ...rest, KEY_EXAMPLE_COM_RSA: stored(undefined), KEY_EXAMPLE_COM_ED25519: stored(other) }, async (worker) => {
    await errorOf(await post(worker, from("a@example.com")), 500, "misconfigured");
  });
});

test("SIGNATURES may be JSON text, and keys may come in any wrapping", async (t) => {
  const { SIGNATURES, ...secrets } = EXAMPLE.env;
  const oneLine = { ...secrets, KEY_EXAMPLE_COM_RSA: secrets.KEY_EXAMPLE_COM_RSA.replaceAll("\n", "\\n") };
  const worker = await start(t, { env: { ...oneLine, SIGNATURES: JSON.stringify(SIGNATURES) } });
  const signed = await (await post(worker, from("a@example.com"))).text();
  assert.deepEqual(outcomes(await judged(signed, EXAMPLE.zone)), ["pass", "pass"]);
});

test("keys that are missing or broken are told by their names, and nothing of them anywhere", async (t) => {
  const { privateKey } = EXAMPLE.pairs.rsa;
  const secret = privateKey.split("\n")[3];
  const entry = { domain: "example.com", selector: "rsa", key: "KEY" };
  for (const [env, message] of [
    [{ SIGNATURES: [entry] }, /SIGNATURES\[0\]\.key: there is no secret KEY/],
    [{ SIGNATURES: [entry], KEY: "" }, /there is no secret KEY/],
    [{ SIGNATURES: [entry], KEY: { a: 1 } }, /there is no secret KEY/],
    [{ SIGNATURES: [entry], KEY: privateKey.slice(0, 900) }, /SIGNATURES/],
    [{ SIGNATURES: [entry], KEY: privateKey.replace(secret, secret.split("").reverse().join("")) }, /SIGNATURES/],
    [{ SIGNATURES: [entry], KEY: EXAMPLE.pairs.rsa.publicKey }, /SIGNATURES/],
    [{ SIGNATURES: [entry], KEY: secret }, /SIGNATURES/],
    [{ SIGNATURES: [{ ...entry, selector: "no selector" }], KEY: privateKey }, /SIGNATURES.*selector/],
    [{ SIGNATURES: [{ ...entry, tll: 5 }], KEY: privateKey }, /SIGNATURES.*tll/],
    [{ SIGNATURES: [{ ...entry, algorithm: "ed25519-sha256" }], KEY: privateKey }, /algorithm/],
    [{ SIGNATURES: [{ domain: "example.com", selector: "s" }] }, /either key/],
    [{ SIGNATURES: [{ ...entry, kms: "KMS" }] }, /either key/],
    [{ SIGNATURES: [{ domain: "example.com", selector: "s", kms: "KMS" }] }, /algorithm/],
    [{ SIGNATURES: [{ domain: "example.com", selector: "s", kms: "KMS", algorithm: "rsa-sha256" }] }, /no service binding KMS/],
    [{ SIGNATURES: "{broken" }, /JSON/],
    [{ SIGNATURES: { domain: "example.com" } }, /list/],
    [{ SIGNATURES: [null] }, /SIGNATURES\[0\]/],
  ]) {
    for (const query of ["", "?header"]) {
      const { printed } = await here({ SIGN_TOKEN: TOKEN, ...env }, async (worker) => {
        const why = await errorOf(await post(worker, from("a@example.com"), { query }), 500, "misconfigured");
        assert.match(why, /its log says/);
      });
      const line = JSON.parse(printed);
      assert.deepEqual([line.event, line.status, line.error], ["sign", 500, "misconfigured"]);
      assert.match(line.message, message);
      for (const leak of [secret, secret.slice(0, 16), privateKey.slice(40, 60), TOKEN]) {
        assert.ok(!printed.includes(leak), printed);
      }
    }
  }
  const worker = await start(t, { env: { ...EXAMPLE.env, KEY_EXAMPLE_COM_RSA: privateKey.slice(0, 900) } });
  await errorOf(await post(worker, from("a@example.com")), 500, "misconfigured");
  const [line] = await worker.log();
  assert.deepEqual([line.status, line.error], [500, "misconfigured"]);
  assert.ok(!worker.printed().includes(secret.slice(0, 16)));
});

test("what cannot be signed is the client's fault", async (t) => {
  const worker = await start(t, { env: EXAMPLE.env });
  await errorOf(await post(worker, from("a@example.com", `${"x".repeat(999)}\r\n`)), 400, "cannotSign");
  await errorOf(await post(worker, from("a@example.com", `${"x".repeat(999)}\r\n`), { query: "?header" }), 400, "cannotSign");
  await errorOf(await post(worker, "From: a@example.com\r\nno field\r\n\r\n"), 400, "cannotSign");
  await errorOf(await post(worker, ""), 400, "emptyBody");
  await errorOf(await post(worker, UNSIGNED, { headers: authorized({ "content-type": "application/json" }) }), 415, "unsupportedMediaType");
  const small = await start(t, { env: { ...EXAMPLE.env, MAX_BYTES: 100 } });
  await errorOf(await post(small, from("a@example.com", "x".repeat(100))), 413, "tooLarge");
  const stream = new ReadableStream({ start: (controller) => (controller.enqueue(Buffer.from(from("a@example.com", "x".repeat(100)))), controller.close()) });
  const response = await small.fetch("/sign", { method: "POST", body: stream, duplex: "half", headers: authorized() });
  await errorOf(response, 413, "tooLarge");
});

test("a service signs with a key that never comes here", async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const record = waxseal.keyRecord(publicKey.export({ type: "spki", format: "pem" }), { domain: "example.com", selector: "kms" });
  const asked = [];
  const kms = async (request, Answer) => {
    const body = await request.json();
    asked.push([request.method, request.url, Object.keys(body), body.algorithm, body.domain, body.selector]);
    return new Answer(signRaw("sha256", Buffer.from(body.data, "base64"), privateKey));
  };
  const SIGNATURES = [{ domain: "example.com", selector: "kms", kms: "KMS", algorithm: "rsa-sha256" }, EXAMPLE.env.SIGNATURES[1]];
  const worker = await start(t, { env: { ...EXAMPLE.env, SIGNATURES }, kms });
  const signed = await (await post(worker, from("a@example.com"))).text();
  assert.deepEqual(outcomes(await judged(signed, { ...EXAMPLE.zone, [record.name]: record.value })), ["pass", "pass"]);
  assert.deepEqual(asked, [["POST", "https://kms/sign", ["algorithm", "domain", "selector", "data", "digest"], "rsa-sha256", "example.com", "kms"]]);
});

test("a service that fails is a bad gateway", async (t) => {
  const SIGNATURES = [{ domain: "example.com", selector: "kms", kms: "KMS", algorithm: "rsa-sha256" }];
  for (const kms of [
    (_, Answer) => new Answer("no", { status: 500 }),
    (_, Answer) => new Answer("secret details of joe@example.com", { status: 403 }),
    (_, Answer) => new Answer(""),
    (_, Answer) => new Answer("short"),
    () => {
      throw new Error("secret details of joe@example.com");
    },
  ]) {
    const worker = await start(t, { env: { SIGN_TOKEN: TOKEN, SIGNATURES }, kms });
    const why = await errorOf(await post(worker, from("joe@example.com")), 502, "signerFailed");
    assert.doesNotMatch(why, /secret|joe/);
    await worker.log();
    assert.doesNotMatch(worker.printed(), /secret|joe/);
    await worker.stop();
  }
});
