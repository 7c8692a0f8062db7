// Authentication-Results: read, written from a report, and nothing that a message says becomes a result.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  OCTETS,
  failsWith,
  formatAuthenticationResults,
  good,
  parseAuthenticationResults,
  ready,
  verify,
} from "./support.mjs";

await ready();

const REPORT = await verify(OCTETS, good({ authservId: "mx.example.net" }));

/** A copy of the report that may be spoilt. */
const copy = () => JSON.parse(JSON.stringify(REPORT));

test("a field is read", () => {
  const value =
    " mx.example.net (filter 2.1) 1;\r\n\tDKIM/1=Pass (2048-bit key) reason=\"just so\" header.D=example.com" +
    ' header.b="aB/9";\r\n\tspf=none smtp.remote-ip=2001:db8::1 action=none';
  const expected = {
    authservId: "mx.example.net",
    version: 1,
    results: [
      {
        method: "dkim",
        methodVersion: 1,
        result: "pass",
        reason: "just so",
        properties: [
          { ptype: "header", name: "d", value: "example.com" },
          { ptype: "header", name: "b", value: "aB/9" },
        ],
        comments: ["2048-bit key"],
      },
      {
        method: "spf",
        methodVersion: null,
        result: "none",
        reason: null,
        properties: [
          { ptype: "smtp", name: "remote-ip", value: "2001:db8::1" },
          { ptype: null, name: "action", value: "none" },
        ],
        comments: [],
      },
    ],
    noResult: false,
    comments: ["filter 2.1"],
    conforming: false,
    problem: {
      offset: value.indexOf("2001:db8"),
      expected: "a token, a quoted string, a domain name or an address; anything else is quoted",
    },
  };
  const octets = new TextEncoder().encode(value);
  for (const given of [value, octets, octets.buffer, Buffer.from(value)]) {
    assert.deepEqual(parseAuthenticationResults(given), expected);
  }
  const none = parseAuthenticationResults("mx.example.net; none");
  assert.deepEqual([none.noResult, none.results, none.conforming, none.problem], [true, [], true, null]);
});

test("what has no clear meaning is an error that tells the place", () => {
  for (const [value, offset, expected] of [
    ["", 0, "the name of the host that speaks (authserv-id)"],
    ["mx.example.net; dkim=pass (good", 26, "')' at the end of the comment that begins here"],
    ['mx.example.net; dkim=pass reason="good', 33, "'\"' at the end of the quoted string that begins here"],
    ["mx.example.net; dkim=pass\r\nSubject: x", 25, "CRLF and a blank after it where a line ends"],
    ["mx.example.net; dkim=\0", 21, "no control character"],
  ]) {
    assert.throws(
      () => parseAuthenticationResults(value),
      (error) => {
        assert.deepEqual(error.cause, { offset, expected }, value);
        return failsWith("badAuthenticationResults", `octet ${offset}: expected ${expected}`)(error);
      },
    );
  }
});

test("a value that is far too long is not read", () => {
  const long = `mx.example.net; dkim=pass (${"x".repeat(2 << 20)})`;
  assert.throws(() => parseAuthenticationResults(long), failsWith("badAuthenticationResults", "octet 1048576: expected at most "));
});

test("what is no text is a bad argument", () => {
  for (const value of [undefined, null, 5, {}, [], ["mx; none"], new DataView(new ArrayBuffer(3))]) {
    assert.throws(() => parseAuthenticationResults(value), failsWith("badArgument", "value must be "));
  }
});

test("a report is told as verify tells it, by anyone", () => {
  assert.equal(REPORT.result, "pass");
  for (const report of [REPORT, copy()]) {
    assert.equal(formatAuthenticationResults(report, "mx.example.net"), REPORT.authenticationResults);
    const { result, signatures, arc } = report;
    assert.equal(formatAuthenticationResults({ result, signatures, arc }, "mx.example.net"), REPORT.authenticationResults);
  }
  const elsewhere = formatAuthenticationResults(REPORT, "mx b.example");
  assert.ok(elsewhere.startsWith('"mx b.example";\r\n\tdkim=pass header.d=football.example.com '), elsewhere);
});

test("every part of a report that is told is told", () => {
  const report = copy();
  const [first, second] = report.signatures;
  Object.assign(first, { result: "fail", reason: "bodyHashMismatch", b: "abcdefghijkl" });
  Object.assign(second, { protocol: "domainkeys", result: "policy", reason: "historicAlgorithm" });
  report.signatures.push({ ...first, result: "pass", reason: null, b: "abcdefghiXYZ", warnings: [{ code: "expired" }, { code: "testMode" }] });
  report.arc = { result: "fail", reason: "chainBroken", oldestPass: null, sets: [] };
  const parsed = parseAuthenticationResults(formatAuthenticationResults(report, "mx"));
  assert.ok(parsed.conforming);
  const told = parsed.results.map(({ method, result, reason }) => [method, result, reason]);
  assert.deepEqual(told, [
    ["dkim", "fail", "bodyHashMismatch"],
    ["domainkeys", "policy", "historicAlgorithm"],
    ["dkim", "pass", null],
    ["arc", "fail", "chainBroken"],
  ]);
  const property = (index, wanted) => parsed.results[index].properties.filter(({ name }) => name === wanted).map(({ value }) => value);
  // RFC 6008 §3: as much of b= as tells them apart.
  assert.deepEqual([property(0, "b"), property(2, "b")], [["abcdefghij"], ["abcdefghiX"]]);
  assert.deepEqual(property(2, "dkim-rules"), ["expired"]);

  report.arc = { result: "pass", reason: null, oldestPass: 2, sets: [] };
  assert.match(formatAuthenticationResults(report, "mx"), /\r\n\tarc=pass header\.oldest-pass=2$/);
});

const HOSTILE = [
  "a.example; dkim=pass header.d=bank.example",
  'a"; dkim=pass header.d="bank.example',
  "a\\",
  'a\\"; dkim=pass',
  "a) dkim=pass (b",
  "(",
  "a\r\nAuthentication-Results: mx; dkim=pass",
  "a\r\n\tdkim=pass",
  "a\nb\rc\0d\u007f",
  "a.example header.i=@bank.example",
  "a=b",
  "",
  " ",
  ";",
  "\ud800",
  "\u2028; dkim=pass",
  "b\u00fccher.example; spf=pass",
  "x".repeat(5000),
];
test("nothing hostile in a report becomes a result", () => {
  for (const text of HOSTILE) {
    const report = copy();
    const names = { domain: text, selector: text, identity: text, algorithm: text, b: text };
    Object.assign(report.signatures[0], names, { result: "fail", reason: "signatureMismatch" });
    Object.assign(report.signatures[1], { ...names, identity: null }, { result: "fail", reason: "signatureMismatch" });
    for (const authservId of ["mx.example.net", text || "mx"]) {
      const field = formatAuthenticationResults(report, authservId);
      // One field: every line end is a fold, and there are no other controls.
      assert.doesNotMatch(field, /\r\n(?!\t[^\s])/, JSON.stringify(field));
      assert.doesNotMatch(field.replaceAll("\r\n\t", " "), /[\0-\x1f\x7f]/, JSON.stringify(field));
      const { results, conforming } = parseAuthenticationResults(field);
      assert.ok(conforming, JSON.stringify(field));
      const told = results.map(({ method, result, reason }) => `${method} ${result} ${reason}`);
      assert.deepEqual(told, Array(2).fill("dkim fail signatureMismatch"), JSON.stringify(field));
      const known = new Set(["d", "i", "s", "a", "b"]);
      assert.ok(results.every(({ properties, comments }) => !comments.length && properties.every(({ ptype, name }) => ptype === "header" && known.has(name))), JSON.stringify(field));
    }
  }
});

test("the words of a report are checked, for they stand there unquoted", () => {
  const spoilt = (path, value) => {
    const report = copy();
    const names = path.match(/\w+/g);
    names.slice(0, -1).reduce((object, name) => object[name], report)[names.at(-1)] = value;
    return report;
  };
  for (const [path, values] of Object.entries({
    result: ["pass; spf=pass", "PASS", "", null, 5, undefined, {}],
    signatures: [undefined, null, {}, "x", new Array(3)],
    "signatures[0]": [null, 5, "x"],
    "signatures[0].result": ["pass\r\nX: y", null],
    "signatures[1].reason": ["a b", "toString", 5],
    "signatures[1].protocol": ["DKIM", "spf=pass; dkim", undefined],
    "signatures[0].domain": [5, {}, ["x"]],
    "signatures[0].b": [5],
    "signatures[0].warnings": [undefined, {}],
    "signatures[0].warnings[0]": [5],
    arc: [undefined, null, "x"],
    "arc.result": ["permerror", "fail; x"],
    "arc.reason": ["x=y"],
    "arc.oldestPass": ["1; x", -1, 1.5, 2 ** 40],
    "arc.sets": [undefined, 5],
  })) {
    for (const value of values) {
      const found = () => formatAuthenticationResults(spoilt(path, value), "mx");
      assert.throws(found, failsWith("badArgument", new RegExp(`^report\\.${path.replace(/[[\]]/g, "\\$&")}(\\[0\\])? must be `)), `${path} ${value}`);
    }
  }
  for (const report of [undefined, null, 5, "x"]) {
    assert.throws(() => formatAuthenticationResults(report, "mx"), failsWith("badArgument", "report must be "));
  }
  for (const authservId of [undefined, null, "", 5]) {
    assert.throws(() => formatAuthenticationResults(REPORT, authservId), failsWith("badArgument", "authservId must be "));
  }
  const throwing = { get result() { throw new Error("no"); } };
  assert.throws(() => formatAuthenticationResults(throwing, "mx"), failsWith("badArgument", "report."));
});

test("what is formatted is read as it was meant, and formats to itself", () => {
  const first = parseAuthenticationResults(REPORT.authenticationResults);
  assert.ok(first.conforming);
  assert.equal(first.authservId, "mx.example.net");
  assert.deepEqual(first.results.map(({ method, result }) => `${method} ${result}`), ["dkim pass", "dkim pass"]);
  const values = (name) => first.results.map(({ properties }) => properties.find((one) => one.name === name).value);
  assert.deepEqual(values("s"), ["brisbane", "test"]);
  assert.deepEqual(values("d"), Array(2).fill("football.example.com"));
});
