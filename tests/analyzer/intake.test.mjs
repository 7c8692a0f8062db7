// How a message comes in: dropped, pasted, opened, one of many in an mbox; whole, or its header alone;
// and what copying has done to it.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser, open, picture } from "./support/browser.mjs";
import { sample, samplePath, ZONE, LETTER, signed, key, KEY_NAME } from "./support/messages.mjs";
import { Analyzer, assertEventually } from "./support/page.mjs";

after(closeBrowser);

/** The page with the keys of the samples given as a key file, before there is a message. */
async function withKeys(t, options) {
  const opened = await open(t, options);
  const analyzer = new Analyzer(opened.page);
  await analyzer.loadKeys("keys.zone", ZONE);
  return { ...opened, analyzer };
}

test("a file that is dropped", async (t) => {
  const { analyzer } = await withKeys(t);
  await analyzer.drop("pass.eml", sample("pass"));
  assert.equal((await analyzer.verdict()).tone, "good");
});

test("a file that is opened", async (t) => {
  const { analyzer } = await withKeys(t);
  await analyzer.open("ignored", samplePath("pass"));
  assert.equal((await analyzer.verdict()).tone, "good");
});

test("text that is pasted: line ends are given back, and that is said", async (t) => {
  const { analyzer, page } = await withKeys(t);
  await analyzer.paste(sample("pass").toString("utf8").replaceAll("\r\n", "\n"));
  assert.equal((await analyzer.verdict()).tone, "good");
  await page.getByTestId("notices").getByText(/line/i).first().waitFor();
  await picture(page, "pasted");
});

test("text that is typed or pasted in parts, and the button", async (t) => {
  const { analyzer } = await withKeys(t);
  await analyzer.type(sample("ed25519").toString("utf8"));
  assert.equal((await analyzer.verdict()).tone, "good");
});

test("text that lost the blanks at its line ends says so", async (t) => {
  const { analyzer, page } = await open(t).then((opened) => ({ ...opened, analyzer: new Analyzer(opened.page) }));
  const { record } = await key();
  const letter = LETTER.replace("Good morning", "-- \nGood morning").replace(
    "Message-ID",
    "Content-Type: text/plain; format=flowed\nMessage-ID",
  ).replace("Bob.\nHow", "Bob. \nHow");
  const message = await signed(letter, { canonicalization: "simple/simple" });
  await analyzer.paste(message.toString("latin1").replace(/[ \t]+(\r?\n)/g, "$1"));
  await analyzer.verdict();
  await analyzer.giveRecord(KEY_NAME, record);
  await assertEventually(async () => assert.equal((await analyzer.verdict()).tone, "bad"));
  const said = await page.getByRole("main").innerText();
  assert.match(said, /blanks?|spaces?/i);
  await picture(page, "blanks-lost");
});

test("a header alone: the body cannot be checked, the signature is", async (t) => {
  const { analyzer, page } = await withKeys(t);
  const header = sample("pass").toString("latin1").split("\r\n\r\n")[0];
  await analyzer.paste(`${header}\r\n`);
  const { tone, sentence } = await analyzer.verdict();
  assert.equal(tone, "caution");
  assert.match(sentence, /baeckerei\.example signed .*cannot be checked/);
  const [only] = await analyzer.signatures();
  assert.equal(only.facts.Result, "neutral (bodyNotChecked)");
  await picture(page, "header-alone");
});

test("a header alone that was changed does not verify", async (t) => {
  const { analyzer } = await withKeys(t);
  const header = sample("pass").toString("latin1").split("\r\n\r\n")[0];
  await analyzer.paste(`${header.replace("To: ", "To: x")}\r\n`);
  assert.equal((await analyzer.verdict()).tone, "bad");
});

/** As mail programs keep them: LF, a separator, and `From ` at the start of lines quoted. */
function mbox(...messages) {
  return Buffer.concat(
    messages.flatMap((message) => [
      Buffer.from("From sender@example.org Mon Nov 16 08:14:09 2026\n"),
      Buffer.from(message.toString("latin1").replaceAll("\r\n", "\n").replace(/^(>*From )/gm, ">$1"), "latin1"),
      Buffer.from("\n"),
    ]),
  );
}

test("an mbox offers its messages, and the one that is chosen is checked", async (t) => {
  const { analyzer, page } = await withKeys(t);
  await analyzer.open("archive.mbox", mbox(sample("pass"), sample("modified-body"), sample("ed25519")), "application/mbox");
  const list = page.getByRole("region", { name: "Which message?" });
  await list.getByText("holds 3 messages.").waitFor();
  assert.equal(await list.getByRole("listitem").count(), 3);
  await picture(page, "mailbox");

  await list.getByRole("button", { name: /Rechnung 2026-0931/ }).click();
  assert.equal((await analyzer.verdict()).tone, "bad");
  await page.getByRole("button", { name: "All messages of the file" }).click();
  await list.getByRole("button", { name: /bridges sing/ }).click();
  assert.equal((await analyzer.verdict()).tone, "good");
});

test("a line of an mbox that begins with From and was quoted for it verifies", async (t) => {
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  const { record } = await key();
  const message = await signed(LETTER.replace("Good morning", "From here on it is easy.\nGood morning"));
  await analyzer.loadKeys("keys.zone", `${KEY_NAME}. IN TXT ${record.match(/.{1,200}/g).map((one) => `"${one}"`).join(" ")}\n`);
  await analyzer.open("one.mbox", mbox(message), "application/mbox");
  // and since there is but one message in it, there is nothing to choose
  assert.equal((await analyzer.verdict()).tone, "good");
});

test("after one message there is another", async (t) => {
  const { analyzer, page } = await withKeys(t);
  await analyzer.open("pass.eml", sample("pass"));
  await analyzer.verdict();
  await page.getByRole("button", { name: "Another message" }).click();
  await analyzer.open("modified-body.eml", sample("modified-body"));
  assert.equal((await analyzer.verdict()).tone, "bad");
});
