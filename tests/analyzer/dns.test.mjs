// Keys from the network and without it: whom the page asks, for what, and what it says when that goes
// wrong. The server is a real one, on loopback; `open` fails each test in which anybody else is asked.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser, open, picture } from "./support/browser.mjs";
import { dohServer } from "./support/doh-server.mjs";
import { answerWithKey, key, KEY_NAME, LETTER, sample, sampleKeys, signed } from "./support/messages.mjs";
import { Analyzer, assertEventually } from "./support/page.mjs";

after(closeBrowser);

/** A page with a message of `test.example` in it, and a server that answers so, not yet chosen. */
async function ready(t, answer, { message, mayAsk = [], ...options } = {}) {
  const server = await dohServer(answer);
  t.after(() => server.close());
  const opened = await open(t, { mayAsk: [server.origin, ...mayAsk], ...options });
  const analyzer = new Analyzer(opened.page);
  await analyzer.open("letter.eml", message ?? (await signed(LETTER)));
  await analyzer.verdict();
  return { ...opened, server, analyzer };
}

const became = (analyzer, result) =>
  assertEventually(async () => {
    const [signature] = await analyzer.signatures();
    assert.equal(signature?.facts.Result, result);
  });

test("nobody is asked before the person has chosen whom", async (t) => {
  const { analyzer, page, server, requests, served } = await ready(t, await answerWithKey());
  const { tone, sentence } = await analyzer.verdict();
  assert.equal(tone, "unknown");
  assert.match(sentence, /key has to be looked up/);
  await analyzer.settled();
  await page.getByTestId("ask").getByText(KEY_NAME).first().waitFor();
  await picture(page, "key-needed");
  assert.deepEqual(server.asked, []);
  assert.ok(requests.length > 0);
  assert.ok(requests.every((request) => request.startsWith(`GET ${served.origin}/`)), requests.join("\n"));
});

test("the server that was chosen is asked for the key, and for nothing else", async (t) => {
  const { analyzer, page, server } = await ready(t, await answerWithKey({ authenticated: true, ttl: 777 }));
  await analyzer.askAt(server.url);
  await became(analyzer, "pass");
  await analyzer.settled();
  assert.equal((await analyzer.verdict()).tone, "good");
  await picture(page, "looked-up");
  assert.deepEqual([...new Set(server.asked.map(({ name }) => name))], [KEY_NAME]);
  assert.ok(server.asked.every(({ type }) => type === 16), "only TXT records");
});

test("every sample over the network: only names of keys are asked for", async (t) => {
  const server = await dohServer(sampleKeys());
  t.after(() => server.close());
  const { page } = await open(t, { mayAsk: [server.origin] });
  const analyzer = new Analyzer(page);
  await analyzer.askAt(server.url);
  for (const [name, tone] of [["pass", "good"], ["mailing-list", "caution"], ["forged-author", "caution"], ["ed25519", "good"]]) {
    await analyzer.drop(`${name}.eml`, sample(name));
    assert.equal((await analyzer.verdict()).tone, tone, name);
    await analyzer.settled();
    await page.getByRole("button", { name: "Another message" }).click();
  }
  const names = [...new Set(server.asked.map(({ name }) => name))];
  assert.ok(names.length >= 6, names.join());
  assert.deepEqual(names.filter((name) => !/^[^.]+\._domainkey\./.test(name)), []);
});

for (const [what, answer, result, said] of [
  ["no such name", { rcode: "NXDOMAIN" }, "permerror (keyNotFound)", /no .*key|not.*found|does not exist/i],
  ["a name without a TXT record", { records: [] }, "permerror (keyNotFound)", /no .*key|not.*found/i],
  ["a record that is no key", { records: [["v=spf1 -all"]] }, "permerror (keyNotFound)", /no .*key|not.*found/i],
  ["a revoked key", { records: [["v=DKIM1; p="]] }, "permerror (keyRevoked)", /revoked|withdrawn/i],
  ["a broken record", { records: [["v=DKIM1; p=!!!"]] }, "permerror (keySyntax)", /record|broken|read/i],
  ["SERVFAIL", { rcode: "SERVFAIL" }, "temperror (keyUnavailable)", /answered SERVFAIL/],
  ["REFUSED", { rcode: "REFUSED" }, "temperror (keyUnavailable)", /answered REFUSED/],
  ["an HTTP error", { status: 500 }, "temperror (keyUnavailable)", /HTTP status 500/],
  ["a page instead of DNS", { status: 200, type: "text/html", body: "<p>hello</p>" }, "temperror (keyUnavailable)", /text\/html/],
  ["octets that are no DNS message", { octets: Buffer.from("nonsense") }, "temperror (keyUnavailable)", /DNS|server|answer/i],
  ["an empty answer", { octets: Buffer.alloc(0) }, "temperror (keyUnavailable)", /DNS|server|answer/i],
  ["a connection that breaks", "reset", "temperror (keyUnavailable)", /server|reach|network|DNS/i],
]) {
  test(`the server answers with ${what}`, async (t) => {
    const { analyzer, page, server } = await ready(t, () => answer, {
      // the browser itself tells of failed requests in the console
      mayLog: [/Failed to load resource/],
    });
    await analyzer.askAt(server.url);
    await became(analyzer, result);
    const { tone, sentence } = await analyzer.verdict();
    // trouble of the DNS is no fault of the message, and a missing key no proof of anything
    assert.equal(tone, result.startsWith("temperror") ? "unknown" : "bad", sentence);
    assert.match(await page.getByRole("main").innerText(), said);
    const again = page.getByRole("button", { name: "Ask again" });
    assert.equal(await again.count(), result.startsWith("temperror") ? 1 : 0);
    await picture(page, `dns-${what.replace(/[^A-Za-z]+/g, "-")}`);
  });
}

test("after trouble the same server can be asked again", async (t) => {
  const { analyzer, page, server } = await ready(t, () => ({ rcode: "SERVFAIL" }));
  await analyzer.askAt(server.url);
  await became(analyzer, "temperror (keyUnavailable)");
  server.answerWith(await answerWithKey());
  await page.getByRole("button", { name: "Ask again" }).click();
  await became(analyzer, "pass");
});

test("a server that takes its time is waited for, and the wait can be ended", async (t) => {
  const { analyzer, page, server } = await ready(t, () => "hang");
  await analyzer.askAt(server.url);
  await page.getByTestId("progress").waitFor();
  await assertEventually(async () => assert.equal(server.asked.length, 1));
  await picture(page, "dns-waiting");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByTestId("progress").waitFor({ state: "detached" });
});

test("a slow answer arrives", async (t) => {
  const answer = await answerWithKey();
  const { analyzer, server } = await ready(t, async (name) => {
    await new Promise((go) => setTimeout(go, 1500));
    return answer(name);
  });
  await analyzer.askAt(server.url);
  await became(analyzer, "pass");
});

test("a server that never answers ends in trouble of the DNS, not in a verdict on the message", async (t) => {
  const { analyzer, server } = await ready(t, () => "hang", { mayLog: [/Failed to load resource/] });
  await analyzer.askAt(server.url);
  await became(analyzer, "temperror (keyUnavailable)");
  assert.equal((await analyzer.verdict()).tone, "unknown");
});

test("names that are none of keys are never asked for", async (t) => {
  const odd = await signed(LETTER);
  const message = Buffer.from(odd.toString("latin1").replace("s=s1;", "s=evil/../x;"), "latin1");
  const { analyzer, server } = await ready(t, await answerWithKey(), { message });
  const [signature] = await analyzer.signatures();
  assert.match(signature.facts.Result, /^permerror/);
  assert.deepEqual(server.asked, []);
});

test("a known server is asked where it was chosen, and no other", async (t) => {
  const { analyzer, page, requests, served, goOffline } = await ready(t, "hang", {
    mayLog: [/Failed to load resource/],
    mayAsk: ["https://cloudflare-dns.com"],
  });
  goOffline(); // this test reaches nobody
  const form = page.getByTestId("key-choice").first();
  await form.getByRole("radio", { name: /Cloudflare/ }).check();
  await form.getByRole("button", { name: "Look up" }).click();
  await became(analyzer, "temperror (keyUnavailable)");
  const others = requests.filter((request) => !request.startsWith(`GET ${served.origin}/`));
  assert.deepEqual([...new Set(others)], ["CONNECT cloudflare-dns.com:443"]);
});

test("an address that is none is refused, and says what is wanted", async (t) => {
  const { analyzer, page } = await ready(t, await answerWithKey());
  for (const address of ["http://dns.example/dns-query", "ftp://x", "javascript:alert(1)"]) {
    await analyzer.askAt(address);
    await page.getByRole("alert").getByText(/https:\/\//).waitFor();
  }
});

test("without a network: a TXT record that is pasted", async (t) => {
  const { analyzer, server } = await ready(t, await answerWithKey());
  await analyzer.giveRecord(KEY_NAME, (await key()).record);
  await became(analyzer, "pass");
  assert.deepEqual(server.asked, []);
});

test("a pasted record may stand in quotes, in parts, as tools print it", async (t) => {
  const { analyzer } = await ready(t, await answerWithKey());
  const { record } = await key();
  await analyzer.giveRecord(KEY_NAME, record.match(/.{1,200}/g).map((part) => `"${part}"`).join(" "));
  await became(analyzer, "pass");
});

test("without a network: a key file that is loaded", async (t) => {
  const { analyzer, server } = await ready(t, await answerWithKey());
  const { record } = await key();
  await analyzer.loadKeys("keys.zone", `${KEY_NAME}. IN TXT ${record.match(/.{1,200}/g).map((part) => `"${part}"`).join(" ")}\n`);
  await became(analyzer, "pass");
  assert.deepEqual(server.asked, []);
});

test("a key file that cannot be read says where", async (t) => {
  const { analyzer, page } = await ready(t, await answerWithKey());
  await analyzer.loadKeys("keys.zone", 'a.example. IN TXT "never closed\n');
  await page.getByRole("alert").getByText(/line|zone|record/i).first().waitFor();
  await picture(page, "key-file-broken");
});

test("the wrong key does not verify", async (t) => {
  const { analyzer } = await ready(t, await answerWithKey());
  const { generateKeyPair } = await import("../../target/npm/index.js");
  await analyzer.giveRecord(KEY_NAME, (await generateKeyPair({ type: "rsa", bits: 2048 })).record);
  await became(analyzer, "fail (signatureMismatch)");
  assert.equal((await analyzer.verdict()).tone, "bad");
});
