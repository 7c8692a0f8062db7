// Every sample that the page brings, as a person meets it: the verdict, each signature, the reason.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser, open, picture } from "./support/browser.mjs";
import { sample, samples } from "./support/messages.mjs";
import { Analyzer, assertEventually } from "./support/page.mjs";

after(closeBrowser);

/** What the page has to say above all, by the file; and what it must never say. */
const SAID = {
  "pass.eml": {
    tone: "good",
    sentence: /^baeckerei\.example signed .*whole body.*; nothing of it has changed since\.$/,
  },
  "modified-body.eml": {
    tone: "bad",
    sentence: /(text|body).*changed/i,
    never: /nothing of it has changed/,
  },
  "forged-author.eml": {
    tone: "caution",
    sentence: /Yet firma\.example, which the message claims to come from, has not signed it/,
  },
  "mailing-list.eml": { tone: "caution", sentence: /lists\.verein\.example signed/ },
  "expired.eml": { tone: "caution", sentence: /expired|until|no longer/i },
  "ed25519.eml": { tone: "good", sentence: /^news\.example signed/ },
  "weak-key.eml": { tone: "bad", sentence: /512 bits|too short/i },
  "length-append.eml": { tone: "caution", sentence: /signed only the beginning of the text/, never: /whole body/ },
  "copied-fields.eml": { tone: "bad", sentence: /changed/i, never: /nothing of it has changed/ },
  "dns-trouble.eml": { tone: "unknown", sentence: /could not be|DNS/i },
};

test("there is something to say of every sample", () => {
  assert.deepEqual(samples.map(({ file }) => file).sort(), Object.keys(SAID).sort());
});

for (const { file, title, expected } of samples) {
  test(`${title} (${file})`, async (t) => {
    const { page, requests, served } = await open(t);
    const analyzer = new Analyzer(page);
    const verdict = await analyzer.sample(title);
    const { tone, sentence, never } = SAID[file];
    assert.match(verdict.sentence, sentence);
    if (never) assert.doesNotMatch(verdict.sentence, never);
    assert.equal(verdict.tone, tone, verdict.sentence);
    assert.ok(verdict.label.length > 0);

    const signatures = await analyzer.signatures();
    const worded = ({ result, reason }) => (reason === null ? result : `${result} (${reason})`);
    assert.deepEqual(
      signatures.map(({ domain, facts }) => ({ domain, result: facts.Result })),
      expected.signatures.map((one) => ({ domain: one.domain, result: worded(one) })),
    );
    await analyzer.settled();
    await picture(page, `sample-${file.replace(".eml", "")}`);

    // the keys are bundled: nothing but files of the page was asked for
    assert.ok(requests.every((request) => request.startsWith(`GET ${served.origin}/`)), requests.join("\n"));
  });
}

/** A sample with all there is to see of it. */
async function inFull(t, file) {
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  await analyzer.sample(samples.find((one) => one.file === file).title);
  await analyzer.settled();
  return { page, analyzer, part: (name) => page.getByRole("region", { name }) };
}

test("why the list broke the signature: tag and footer are named, and it is called no pass", async (t) => {
  const { analyzer } = await inFull(t, "mailing-list.eml");
  const why = analyzer.card(1).getByRole("region", { name: "Why it fails" });
  await why.getByText('It would verify without "[garden]" in Subject and without the 3 lines appended at the end.').waitFor();
  await why.getByText("It is no pass").waitFor();
  assert.equal((await analyzer.signatures())[1].facts.Result, "fail (bodyHashMismatch)");
});

test("why the signature with copies fails: the field that differs, then and now", async (t) => {
  const { analyzer } = await inFull(t, "copied-fields.eml");
  const why = analyzer.card(0).getByRole("region", { name: "Why it fails" });
  await why.getByText("Thursday").first().waitFor();
  await why.getByText("Friday").first().waitFor();
});

test("nothing restores a body that somebody rewrote", async (t) => {
  const { analyzer } = await inFull(t, "modified-body.eml");
  const why = analyzer.card(0).getByRole("region", { name: "Why it fails" });
  await why.getByText("Nothing that was tried restores the body.").waitFor();
});

test("what an Authentication-Results field claims stands beside what was found", async (t) => {
  const { part } = await inFull(t, "modified-body.eml");
  const row = part("What others claim").getByRole("row", { name: /DKIM/ });
  assert.match((await row.innerText()).replace(/\s+/g, " "), /header\.s=mail1 pass fail \(bodyHashMismatch\)/);
});

test("the chain of seals is drawn, and what the sealing host found", async (t) => {
  const { part } = await inFull(t, "mailing-list.eml");
  const chain = part("Chain of seals (ARC)");
  await chain.getByRole("heading", { name: "1. lists.verein.example" }).waitFor();
  await chain.getByText("What it found", { exact: true }).click();
  await chain.getByRole("row", { name: /^DKIM header\.d=gartenfreunde\.example/ }).waitFor();
});

test("the way has a stop for each host, its delay, and clocks that are wrong", async (t) => {
  const { part } = await inFull(t, "pass.eml");
  assert.equal(await part("The way here").getByRole("listitem").count(), 3);
  const { part: other } = await inFull(t, "copied-fields.eml");
  await other("The way here").getByText("−1 min 17 s, so a clock is wrong").waitFor();
});

test("the header's table tells what is signed, and by whom", async (t) => {
  const { page, part } = await inFull(t, "mailing-list.eml");
  const table = part("What of the header is signed");
  const row = (name) => table.getByRole("row", { name });
  assert.match(await row(/^List-Id/).innerText(), /Signed/);
  assert.match(await row(/^Precedence/).innerText(), /Not signed/);
  // pointing at a field, and moving to it by keyboard, tell who covers it
  await row(/^List-Id/).hover();
  await table.getByText("List-Id: covered by signature 1 (lists.verein.example).").waitFor();
  await row(/^Subject/).getByRole("button").focus();
  await table.getByText(/Subject: covered by signatures 1 .* and 2/).waitFor();
  // the raw octets, with blanks and line ends to be seen
  await row(/^Subject/).getByRole("button").press("Enter");
  const raw = page.getByRole("group", { name: "Subject as it stands in the message" });
  assert.equal((await raw.innerText()).trim(), "Subject:·[garden]·Seed·swap·next·Saturday↵");
});

test("decoded values stand in the table, as a reader sees them", async (t) => {
  const { part } = await inFull(t, "pass.eml");
  const row = part("What of the header is signed").getByRole("row", { name: /^Subject/ });
  assert.match(await row.innerText(), /Ihre Bestellung Nr\. 4711 ist für Sie reserviert 🥐/);
});

test("the end that l= leaves unsigned is shown apart", async (t) => {
  const { page, part } = await inFull(t, "length-append.eml");
  const body = part("What of the body is signed");
  assert.match(await body.innerText(), /not signed/i);
  const tail = page.getByRole("group", { name: "The unsigned end of the body" });
  assert.match(await tail.innerText(), /IMPORTANT:·the·hotel·now·wants·a·deposit/);
  await picture(page, "unsigned-tail");
});

test("the canonical octets and the digest at each step", async (t) => {
  const { page } = await inFull(t, "pass.eml");
  const steps = page.getByTestId("steps").first();
  await steps.locator("summary").click();
  const claimed = /bh=([A-Za-z0-9+/=]+)/.exec(sample("pass").toString("latin1").replace(/\r\n\s+/g, ""))[1];
  await steps.getByText("dkim-signature:").first().waitFor(); // relaxed: in lower case
  assert.equal(await steps.getByText(claimed, { exact: true }).count(), 2, "claimed and computed");
  await picture(page, "steps");
});

test("the key record is read tag by tag", async (t) => {
  const { part } = await inFull(t, "ed25519.eml");
  const keys = part("Keys");
  await keys.getByRole("row", { name: /^k ed25519/ }).waitFor();
  await keys.getByText("60 minutes").first().waitFor();
});

test("with the original at hand the difference is shown, and whether the original verifies", async (t) => {
  const { page, part } = await inFull(t, "modified-body.eml");
  const steps = part("How it was checked");
  await steps.getByText("Compare with the original", { exact: true }).click();
  const original = sample("modified-body").toString("utf8").replace("DE75 5121 0800 1245 1261 99", "DE02 1203 0000 0000 2020 51");
  await steps.getByLabel("The original in source form").fill(original);
  await steps.getByRole("button", { name: "Compare" }).click();
  const compared = steps.getByRole("region", { name: "Signature 1 on the original" });
  await compared.waitFor();
  const text = (await compared.innerText()).replaceAll("·", " ");
  assert.match(text, /DE02 1203 0000 0000 2020 51/);
  assert.match(text, /DE75 5121 0800 1245 1261 99/);
  await picture(page, "compared");
});

test("what has expired held when it was received", async (t) => {
  const { page, analyzer } = await inFull(t, "expired.eml");
  await page.getByLabel("Expiry is judged for").selectOption("when it was received");
  await assertEventually(async () => assert.equal((await analyzer.verdict()).tone, "good"));
  assert.equal((await analyzer.signatures())[0].facts.Result, "pass");
});

test("what is given as a whole can be judged as a header alone", async (t) => {
  const { page, analyzer } = await inFull(t, "pass.eml");
  await page.getByLabel("What was given is").selectOption("the header alone");
  await assertEventually(async () => assert.equal((await analyzer.verdict()).tone, "caution"));
  assert.equal((await analyzer.signatures())[0].facts.Result, "neutral (bodyNotChecked)");
});

test("a sample that is opened as a file is not taken at its word: its keys would have to be looked up", async (t) => {
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  await analyzer.open("pass.eml", sample("pass"));
  const { tone } = await analyzer.verdict();
  assert.equal(tone, "unknown");
  await page.getByText("nov26._domainkey.baeckerei.example").first().waitFor();
});
