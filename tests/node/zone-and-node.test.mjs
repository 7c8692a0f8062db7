// waxseal/zone, and waxseal/node against a name server on loopback.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import dgram from "node:dgram";
import { promises as dns } from "node:dns";
import { test } from "node:test";
import { promisify } from "node:util";

import { answered, nameIn } from "./dns-support.mjs";
import { BRISBANE, KEYS, OCTETS, PACKAGE, TEST, good, nodeResolver, outcomes, verify, zoneResolver } from "./support.mjs";

// --- zone

const quoted = (text) => text.match(/.{1,200}/g).map((part) => `"${part}"`).join(" ");
const master = `$TTL 300\n${BRISBANE}. IN TXT ${quoted(KEYS[BRISBANE])}\n${TEST}. 60 IN TXT ( ${quoted(KEYS[TEST])} )\n`;

test("zoneResolver: a master file", async () => {
  const report = await verify(OCTETS, good({ resolver: zoneResolver(master) }));
  assert.deepEqual(outcomes(report), ["pass", "pass"]);
  assert.deepEqual(report.signatures.map(({ key }) => key.ttl), [300, 60]);
});

test("zoneResolver: an object", async () => {
  for (const zone of [KEYS, { [`${BRISBANE.toUpperCase()}.`]: ["v=spf1 -all", KEYS[BRISBANE]], [TEST]: KEYS[TEST] }]) {
    assert.deepEqual(outcomes(await verify(OCTETS, good({ resolver: zoneResolver(zone) }))), ["pass", "pass"]);
  }
});

test("zoneResolver: what does not stand there does not exist", async () => {
  for (const zone of ["", {}, { constructor: "x" }]) {
    const report = await verify(OCTETS, good({ resolver: zoneResolver(zone) }));
    assert.deepEqual(outcomes(report), ["permerror keyNotFound", "permerror keyNotFound"]);
  }
  const resolver = zoneResolver(master);
  assert.deepEqual(await resolver("no name at all", "TXT"), { rcode: "NXDOMAIN", records: [] });
  assert.deepEqual(await resolver(BRISBANE, "MX"), { rcode: "NOERROR", records: [] });
});

test("zoneResolver: a bad zone is the caller's mistake, not the DNS's", async () => {
  for (const zone of [undefined, null, 5, [], { a: 5 }, { a: [["x"]] }]) {
    assert.throws(() => zoneResolver(zone), { code: "badArgument", message: /^zone/ });
  }
  const resolver = zoneResolver('a.example. IN TXT "never closed\n');
  await assert.rejects(verify(OCTETS, good({ resolver })), { name: "WaxsealError", code: "badZone", message: /line 1/ });
});

// --- node:dns, against servers on loopback

/** A name server over UDP; `use` gets its address. What `reply` gives is sent, if it gives anything. */
async function withServer(reply, use) {
  const socket = dgram.createSocket("udp4");
  const asked = [];
  socket.on("message", (query, peer) => {
    asked.push(nameIn(query));
    const response = reply(query);
    if (response) socket.send(response, peer.port, peer.address);
  });
  await new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve));
  try {
    return await use(`127.0.0.1:${socket.address().port}`, asked);
  } finally {
    socket.close();
  }
}

const says = (rcode) => (query) => answered(query, rcode ? { rcode } : {});
const servers = {
  "an answer": [says(0), "pass"],
  FORMERR: [says(1), "temperror keyUnavailable"],
  SERVFAIL: [says(2), "temperror keyUnavailable"],
  NXDOMAIN: [says(3), "permerror keyNotFound"],
  NOTIMP: [says(4), "temperror keyUnavailable"],
  REFUSED: [says(5), "temperror keyUnavailable"],
  silence: [() => undefined, "temperror keyUnavailable"],
  garbage: [(query) => Buffer.concat([query.subarray(0, 2), Buffer.alloc(40, 255)]), "temperror keyUnavailable"],
  "an answer cut short": [(query) => answered(query).subarray(0, -9), "temperror keyUnavailable"],
};
for (const [kind, [reply, outcome]] of Object.entries(servers)) {
  test(`nodeResolver: ${kind} is ${outcome}`, async () => {
    const report = await withServer(reply, (address) =>
      verify(OCTETS, good({ resolver: nodeResolver({ servers: [address] }), policy: { dnsTimeout: 2 } })),
    );
    assert.deepEqual(outcomes(report), [outcome, outcome]);
  });
  test(`resolveTxt of node:dns as the resolver: ${kind} is ${outcome}`, async () => {
    const report = await withServer(reply, (address) => {
      const resolver = new dns.Resolver({ timeout: 500, tries: 1 });
      resolver.setServers([address]);
      return verify(OCTETS, good({ resolver: resolver.resolveTxt.bind(resolver), policy: { dnsTimeout: 2 } }));
    });
    assert.deepEqual(outcomes(report), [outcome, outcome]);
  });
}

test("dns.promises.resolveTxt and dns.promises.resolve are resolvers as they stand", async (t) => {
  const before = dns.getServers();
  t.after(() => dns.setServers(before));
  await withServer(says(0), async (address) => {
    dns.setServers([address]);
    for (const resolver of [dns.resolveTxt, dns.resolve]) {
      assert.deepEqual(outcomes(await verify(OCTETS, good({ resolver }))), ["pass", "pass"]);
    }
  });
});

test("nodeResolver: a second server is asked where the first is out of order", async () => {
  await withServer(says(2), (first, asked) =>
    withServer(says(0), async (second) => {
      const report = await verify(OCTETS, good({ resolver: nodeResolver({ servers: [first, second] }) }));
      assert.deepEqual(outcomes(report), ["pass", "pass"]);
      assert.ok(asked.length > 0);
    }),
  );
});

test("nodeResolver: strings of a record are octets, not text", async () => {
  const record = Buffer.from("v=DKIM1; n=\xe9\u00ff; p=", "latin1");
  const reply = (query) => {
    const response = [...query.subarray(0, query.indexOf(0, 12) + 5)];
    response.splice(2, 10, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0);
    response.push(0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 9, 0, record.length + 1, record.length, ...record);
    return new Uint8Array(response);
  };
  const found = await withServer(reply, (address) => nodeResolver({ servers: [address] })("a.example", "TXT"));
  assert.deepEqual(found, { rcode: "NOERROR", records: [[new Uint8Array(record)]] });
});

test("nodeResolver: a signal ends the lookup, and nothing stays behind that keeps the process alive", async () => {
  await withServer(() => undefined, async (address) => {
    const code = `
      import { nodeResolver } from ${JSON.stringify(`${PACKAGE}/node.js`)};
      const resolver = nodeResolver({ servers: [${JSON.stringify(address)}] });
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error("enough")), 20);
      await resolver("a.example", "TXT", { signal: controller.signal }).catch(({ message }) => console.log(message));
      await resolver("a.example", "TXT", { signal: controller.signal }).catch(({ message }) => console.log(message));
      console.log(process.getActiveResourcesInfo().filter((one) => /query|udp|dns|timeout/i.test(one)).join());`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code]);
    assert.equal(stdout, "enough\nenough\n\n");
  });
});

test("nodeResolver: bad arguments", async () => {
  for (const servers of [["dns.example"], "127.0.0.1", [], [5]]) {
    assert.throws(() => nodeResolver({ servers }), { code: "badArgument", message: /^options\.servers/ });
  }
  assert.throws(() => nodeResolver({ server: "127.0.0.1" }), { code: "badArgument", message: /^options\.server / });
  assert.throws(() => nodeResolver(null), { code: "badArgument", message: /^options / });
  await assert.rejects(nodeResolver()("a.example", "MX"), { code: "badArgument" });
});

for (const [name, set] of [["Deno", "Deno = {}"], ["Bun", "Bun = {}"]]) {
  test(`nodeResolver: not in ${name}, whose node:dns tells SERVFAIL as "not found" or splits records`, () => {
    const code = `
      import { nodeResolver } from ${JSON.stringify(`${PACKAGE}/node.js`)};
      globalThis.${set};
      try { nodeResolver(); } catch ({ code, message }) { console.log(code, message); }`;
    const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
    assert.match(printed, /^unsupportedRuntime .*waxseal\/doh/);
  });
}
