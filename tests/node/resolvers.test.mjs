// What a resolver may come back with. Only a plain "no such record" makes a key missing; all that is
// not understood is temporary (RFC 6376 §6.1.2).
import assert from "node:assert/strict";
import { promises as dns } from "node:dns";
import { test } from "node:test";
import vm from "node:vm";

import { BRISBANE, KEYS, NOW, OCTETS, TEST, good, outcomes, verify } from "./support.mjs";

const octets = (text) => new TextEncoder().encode(text);
const halves = (text) => [text.slice(0, 30), text.slice(30)];
const failing = (properties) => () => {
  throw Object.assign(new Error("trouble"), properties);
};

/** A DNS response in wire format with one TXT record (RFC 1035 §4). */
function response(name, strings, { rcode = 0, flags = 0 } = {}) {
  const labels = [...name.split("."), ""].flatMap((label) => [label.length, ...octets(label)]);
  const data = strings.flatMap((string) => [string.length, ...octets(string)]);
  const header = [0, 0, 0x81 | (flags >> 8), (0x80 | rcode) | (flags & 0xff), 0, 1, 0, strings.length ? 1 : 0, 0, 0, 0, 0];
  const record = [0xc0, 12, 0, 16, 0, 1, 0, 0, 1, 0x2c, data.length >> 8, data.length & 0xff, ...data];
  return new Uint8Array([...header, ...labels, 0, 16, 0, 1, ...(strings.length ? record : [])]);
}

const good_answers = {
  "string[][]": (name) => [[KEYS[name]]],
  "string[][], several strings": (name) => [halves(KEYS[name])],
  "string[][], several records": (name) => [["v=spf1 -all"], [KEYS[name]]],
  "string[]": (name) => [KEYS[name]],
  "string[], several records": (name) => ["v=spf1 -all", KEYS[name]],
  "{ rcode: 0, records } of strings": (name) => ({ rcode: 0, records: [halves(KEYS[name])] }),
  "{ rcode: NOERROR, records } of octets": (name) => ({
    rcode: "NOERROR",
    records: [halves(KEYS[name]).map(octets)],
  }),
  "{ rcode, records } of both": (name) => ({
    rcode: "noerror",
    records: [[halves(KEYS[name])[0], octets(halves(KEYS[name])[1])]],
  }),
  "records of another realm": (name) => ({
    rcode: 0,
    records: vm.runInNewContext("(a) => [[Uint8Array.from(a)]]")(octets(KEYS[name])),
  }),
  "a DNS response in wire format": (name) => response(name, halves(KEYS[name])),
  "a Buffer of one": (name) => Buffer.from(response(name, halves(KEYS[name]))),
};
for (const [kind, answer] of Object.entries(good_answers)) {
  test(`a key as ${kind}`, async () => {
    assert.deepEqual(outcomes(await verify(OCTETS, good({ resolver: answer }))), ["pass", "pass"]);
    const promised = await verify(OCTETS, good({ resolver: async (name) => answer(name) }));
    assert.deepEqual(outcomes(promised), ["pass", "pass"]);
  });
}

test("ttl and authenticated get into the report, and are null where they are not told", async () => {
  const told = await verify(
    OCTETS,
    good({
      resolver: (name) => ({ rcode: 0, records: [[KEYS[name]]], ttl: 3600, authenticated: true }),
    }),
  );
  assert.equal(told.signatures[0].key.ttl, 3600);
  assert.equal(told.signatures[0].key.authenticated, true);
  for (const more of [{}, { ttl: null, authenticated: null }, { ttl: "x", authenticated: 1 }]) {
    const report = await verify(
      OCTETS,
      good({ resolver: (name) => ({ rcode: 0, records: [[KEYS[name]]], ...more }) }),
    );
    assert.equal(report.signatures[0].key.ttl, null);
    assert.equal(report.signatures[0].key.authenticated, null);
  }
});

const no_key = {
  "a rejection with ENOTFOUND": failing({ code: "ENOTFOUND", syscall: "queryTxt" }),
  "a rejection with ENODATA": failing({ code: "ENODATA" }),
  "a rejection with a plain object": () => Promise.reject({ code: dns.NOTFOUND }),
  "{ rcode: 3 }": () => ({ rcode: 3, records: [] }),
  "{ rcode: NXDOMAIN } without records": () => ({ rcode: "NXDOMAIN" }),
  "{ rcode: 0 } with no record": () => ({ rcode: 0, records: [] }),
  "no record": () => [],
  "a record that is no key": () => [["v=spf1 -all"]],
  "an NXDOMAIN in wire format": (name) => response(name, [], { rcode: 3 }),
  "no data in wire format": (name) => response(name, []),
};
for (const [kind, answer] of Object.entries(no_key)) {
  test(`no key: ${kind}`, async () => {
    const report = await verify(OCTETS, good({ resolver: async (name) => answer(name) }));
    assert.deepEqual(outcomes(report), ["permerror keyNotFound", "permerror keyNotFound"]);
  });
}

const revoked = Proxy.revocable([], {});
revoked.revoke();
const temporary = {
  "an Error": [failing(), /trouble/],
  "an Error thrown at once, not in a promise": [failing(), /trouble/],
  ESERVFAIL: [failing({ code: "ESERVFAIL" }), /trouble/],
  "ETIMEOUT without a message": [failing({ code: "ETIMEOUT", message: "" }), /ETIMEOUT/],
  ECONNREFUSED: [failing({ code: "ECONNREFUSED" }), /trouble/],
  "ENODOMAIN, which is no code of node:dns": [failing({ code: "ENODOMAIN" }), /trouble/],
  "enotfound, not its spelling": [failing({ code: "enotfound" }), /trouble/],
  "ENOTFOUND for the host of a DNS server": [
    failing({ code: "ENOTFOUND", syscall: "getaddrinfo" }),
    /trouble/,
  ],
  "ENOTFOUND as a cause": [failing({ cause: { code: "ENOTFOUND" } }), /trouble/],
  "a DOMException": [() => Promise.reject(new DOMException("stop", "AbortError")), /stop/],
  "a rejection with a string": [() => Promise.reject("out of order"), /out of order/],
  "a rejection with nothing": [() => Promise.reject(), /./],
  "a rejection with null": [() => Promise.reject(null), /./],
  "a rejection with a number": [() => Promise.reject(3), /./],
  "an error whose properties throw": [
    () => Promise.reject(Object.defineProperty({}, "code", { get: failing() })),
    /./,
  ],
  "a thenable that throws": [() => ({ then: failing() }), /trouble/],
  "rcode 2": [() => ({ rcode: 2, records: [] }), /SERVFAIL/],
  "rcode 5": [() => ({ rcode: 5, records: [] }), /REFUSED/],
  "rcode 17": [() => ({ rcode: 17, records: [] }), /17/],
  "rcode SERVFAIL": [() => ({ rcode: "SERVFAIL", records: [] }), /SERVFAIL/],
  "rcode SERVFAIL with the record": [
    (name) => ({ rcode: "SERVFAIL", records: [[KEYS[name]]] }),
    /SERVFAIL/,
  ],
  "rcode of another type": [() => ({ rcode: true, records: [] }), /rcode/],
  "rcode NaN": [() => ({ rcode: NaN, records: [] }), /rcode/],
  "rcode 0.5": [() => ({ rcode: 0.5, records: [] }), /rcode/],
  "rcode of no letters": [() => ({ rcode: "", records: [] }), /rcode/],
  "no rcode": [(name) => ({ records: [[KEYS[name]]] }), /rcode/],
  "no records": [() => ({ rcode: 0 }), /records/],
  "records: string": [(name) => ({ rcode: 0, records: KEYS[name] }), /records/],
  "records: string[]": [(name) => ({ rcode: 0, records: [KEYS[name]] }), /records/],
  "records: number[][]": [() => ({ rcode: 0, records: [[1]] }), /records/],
  "records with a hole": [() => ({ rcode: 0, records: [, ["v=DKIM1; p="]] }), /records/],
  "string[][][]": [(name) => [[[KEYS[name]]]], /returned/],
  "string[] and string[][] mixed": [(name) => [[KEYS[name]], KEYS[name]], /returned/],
  "an array of undefined": [() => [undefined], /returned/],
  "an array with a long hole": [() => new Array(4e9), /returned/],
  undefined: [() => undefined, /returned undefined/],
  null: [() => null, /returned null/],
  "a string": [(name) => KEYS[name], /returned a string/],
  "a number": [() => 0, /returned/],
  true: [() => true, /returned/],
  "a function": [() => () => [], /returned/],
  "a symbol": [() => Symbol("x"), /returned/],
  "a bigint": [() => 3n, /returned/],
  "an empty object": [() => ({}), /returned/],
  "a Map": [() => new Map(), /returned/],
  "an ArrayBuffer": [() => new ArrayBuffer(20), /returned/],
  "a Uint16Array": [() => new Uint16Array(20), /returned/],
  "a revoked proxy": [() => [revoked.proxy], /returned/],
  "an object whose getter throws": [
    () => Object.defineProperty({}, "rcode", { get: failing() }),
    /returned/,
  ],
  "no octets at all": [() => new Uint8Array(0), /./],
  "octets that are no DNS message": [() => octets("<html>no</html>"), /./],
  "a response of 100,000 octets": [() => new Uint8Array(100_000), /100000/],
  "a response cut short": [(name) => response(name, ["v=DKIM1"]).subarray(0, -2), /./],
  "a SERVFAIL in wire format": [(name) => response(name, [], { rcode: 2 }), /SERVFAIL/],
  "a truncated response": [(name) => response(name, ["v=DKIM1"], { flags: 0x0200 }), /./],
};
for (const [kind, [answer, cause]] of Object.entries(temporary)) {
  test(`temporary: ${kind}`, async () => {
    const report = await verify(OCTETS, good({ resolver: answer }));
    assert.deepEqual(outcomes(report), ["temperror keyUnavailable", "temperror keyUnavailable"]);
    for (const { explanation } of report.signatures) assert.match(explanation, cause);
  });
}

test("a cause is one line of bounded length", async () => {
  const message = `bad\r\nthing\u0000 ${"x".repeat(100_000)}`;
  const report = await verify(OCTETS, good({ resolver: failing({ message }) }));
  const { explanation } = report.signatures[0];
  assert.match(explanation, /bad thing x/);
  assert.doesNotMatch(explanation, /[\u0000-\u001f]/);
  assert.ok(explanation.length < 400, `${explanation.length} characters`);
});

test("one lookup that fails leaves the other alone", async () => {
  const resolver = async (name) => {
    if (name === TEST) throw new Error("down");
    return [[KEYS[name]]];
  };
  const report = await verify(OCTETS, good({ resolver }));
  assert.equal(report.result, "pass");
  assert.deepEqual(outcomes(report), ["pass", "temperror keyUnavailable"]);
});

test("the resolver is asked for each name once, for TXT, with a signal", async () => {
  const asked = [];
  const resolver = async (name, type, options) => {
    asked.push([name, type, options.signal instanceof AbortSignal, options.signal.aborted]);
    return KEYS[name] ? [[KEYS[name]]] : [];
  };
  const { alignment } = await verify(OCTETS, good({ resolver }));
  // The keys, then the DMARC records at and above the author's domain (RFC 9989 §4.10).
  const names = [BRISBANE, TEST, ...["football.example.com", "example.com", "com"].map((name) => `_dmarc.${name}`)];
  assert.deepEqual(asked, names.map((name) => [name, "TXT", true, false]));
  assert.deepEqual([alignment.dkim, alignment.dmarc, alignment.trouble], ["strict", null, null]);

  asked.length = 0;
  const plain = await verify(OCTETS, good({ resolver, alignment: false }));
  assert.deepEqual(asked.map(([name]) => name), [BRISBANE, TEST]);
  assert.deepEqual([plain.alignment.dkim, plain.alignment.organizationalDomain], ["strict", null]);
});

test("the DMARC policy of the author's domain is told", async () => {
  const record = "v=DMARC1; p=reject; adkim=s; t=y; rua=mailto:d@example.com";
  const zone = { ...KEYS, "_dmarc.example.com": record };
  const resolver = async (name) => (zone[name] ? [[zone[name]]] : []);
  const { alignment, result } = await verify(OCTETS, good({ resolver }));
  assert.equal(result, "pass");
  assert.equal(alignment.organizationalDomain, "example.com");
  const { domain, p, adkim, t, rua, dkimAligned } = alignment.dmarc;
  assert.deepEqual([domain, alignment.dmarc.record, p, adkim, t], ["example.com", record, "reject", "s", "y"]);
  assert.deepEqual([rua, dkimAligned], ["mailto:d@example.com", true]);

  const down = (name) => (name.startsWith("_dmarc.") ? Promise.reject(new Error("down")) : resolver(name));
  const open = await verify(OCTETS, good({ resolver: down }));
  assert.equal(open.result, "pass");
  assert.match(open.alignment.trouble, /down/);
});

test("what the author's domain authorizes is looked up on request", async () => {
  const message = new TextEncoder().encode(
    "DKIM-Signature: v=1; a=rsa-sha256; d=signer.example; s=s; atps=author.example; atpsh=none; h=from;" +
      " bh=AAAA; b=AAAA\r\nFrom: a@author.example\r\n\r\n",
  );
  for (const atps of [true, false]) {
    const asked = [];
    const { signatures } = await verify(message, { now: NOW, atps, resolver: async (name) => (asked.push(name), []) });
    assert.equal(asked.includes("signer.example._atps.author.example"), atps, asked.join());
    assert.equal(signatures[0].atps?.result ?? null, atps ? "fail" : null);
  }
});

test("lookups run side by side, no more than allowed", async () => {
  const signature = (i) =>
    `DKIM-Signature: v=1; a=rsa-sha256; d=d${i}.example.com; s=s; h=from; bh=AAAA; b=AAAA\r\n`;
  const message = `${Array.from({ length: 10 }, (_, i) => signature(i)).join("")}From: a@b.example\r\n\r\n`;
  for (const [policy, most] of [[{}, 6], [{ maxLookupsInFlight: 2 }, 2]]) {
    let now = 0;
    let seen = 0;
    const resolver = async () => {
      seen = Math.max(seen, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
      return [];
    };
    const report = await verify(message, { resolver, policy });
    assert.equal(seen, most);
    assert.equal(report.signatures.length, 10);
    for (const { reason } of report.signatures) assert.equal(reason, "keyNotFound");
  }
});
