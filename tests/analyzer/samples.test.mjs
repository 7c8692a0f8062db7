// Every sample that the page brings, as a person meets it: the verdict, each signature, the reason.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser, open, picture } from "./support/browser.mjs";
import { sample, samples } from "./support/messages.mjs";
import { Analyzer } from "./support/page.mjs";

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

test("a sample that is opened as a file is not taken at its word: its keys would have to be looked up", async (t) => {
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  await analyzer.open("pass.eml", sample("pass"));
  const { tone } = await analyzer.verdict();
  assert.equal(tone, "unknown");
  await page.getByText("nov26._domainkey.baeckerei.example").first().waitFor();
});
