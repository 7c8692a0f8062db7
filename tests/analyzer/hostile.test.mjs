// Messages made to break the page. Nothing of a message ever becomes part of the page but text.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { closeBrowser, open, stickingOut, picture } from "./support/browser.mjs";
import * as hostile from "./support/hostile.mjs";
import { LETTER, longLetter, key, KEY_NAME, nativeReport, signed } from "./support/messages.mjs";
import { Analyzer, assertEventually } from "./support/page.mjs";

after(closeBrowser);

async function withMessage(t, message, options) {
  const opened = await open(t, options);
  const analyzer = new Analyzer(opened.page);
  await analyzer.open("hostile.eml", message);
  await analyzer.verdict();
  await analyzer.settled();
  return { ...opened, analyzer };
}

/** Opens everything that can be opened, so that all of the message is on the page. */
async function unfold(page) {
  for (let round = 0; round < 3; round++) {
    const closed = page.locator("main details:not([open]) > summary");
    const count = await closed.count();
    for (let n = 0; n < count; n++) await closed.first().click({ timeout: 2000 }).catch(() => {});
    if (count === 0) break;
  }
}

test("markup in fields, tags, results and body stays text", async (t) => {
  const { page } = await withMessage(t, hostile.markup());
  await unfold(page);
  assert.deepEqual(await hostile.planted(page), { hacked: null, elements: [], scripts: 0 });
  // it is there to be read, as it stands in the message
  assert.match(await page.getByRole("main").innerText(), /<script>globalThis\.hacked = 1<\/script>/);
  await picture(page, "hostile-markup");
});

test("markup in what is given by hand stays text", async (t) => {
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  await analyzer.open("<img src=x onerror='hacked=1'>.eml", await signed(LETTER));
  await analyzer.verdict();
  await analyzer.giveRecord(KEY_NAME, "v=DKIM1; n=<img src=x onerror='globalThis.hacked=1'>; p=<svg onload='hacked=1'>");
  await analyzer.verdict();
  await analyzer.settled();
  await unfold(page);
  assert.deepEqual(await hostile.planted(page), { hacked: null, elements: [], scripts: 0 });
});

test("characters that turn text around or cannot be seen are shown by name", async (t) => {
  const { page } = await withMessage(t, hostile.bidi());
  await unfold(page);
  const text = await page.getByRole("main").innerText();
  assert.match(text, /RLO/);
  assert.doesNotMatch(text, /[\u202A-\u202E\u2066-\u2069\u200B\u200E\u200F]/);
  await picture(page, "hostile-bidi");
});

test("NUL and other controls, and octets that are no text", async (t) => {
  const { page } = await withMessage(t, hostile.controls());
  await unfold(page);
  const text = await page.getByRole("main").innerText();
  assert.doesNotMatch(text, /[\0\x07\x1b\x7f]/);
  assert.match(text, /NUL/);
  await picture(page, "hostile-controls");
});

test("10,000 fields: the limit is told, and the page stays usable", async (t) => {
  const message = hostile.manyFields(10_000);
  const { page, analyzer } = await withMessage(t, message);
  const { tone, sentence } = await analyzer.verdict();
  assert.equal(tone, "bad", sentence);
  assert.match(sentence, /1,?000/);
  await page.getByRole("button", { name: "Another message" }).click();
  await analyzer.box.waitFor();
  assert.equal(nativeReport(message).warnings[0].code, "messageMalformed");
});

test("900 fields: none of them is left out", async (t) => {
  const { page } = await withMessage(t, hostile.manyFields(900));
  await unfold(page);
  await assertEventually(async () => {
    // all at once, or more on request
    const more = page.getByRole("button", { name: /more|all/i });
    if (await more.count()) await more.first().click({ timeout: 1000 }).catch(() => {});
    assert.match(await page.getByRole("main").innerText(), /X-Field-899/);
  });
});

test("lines without an end do not widen the page", async (t) => {
  const { page } = await withMessage(t, hostile.longLines(500_000));
  await unfold(page);
  assert.deepEqual(await stickingOut(page), []);
  await picture(page, "hostile-long-lines");
});

for (const [what, octets] of Object.entries(hostile.nothing)) {
  test(`${what}: what is no message is told to be none`, async (t) => {
    const { page } = await open(t);
    const analyzer = new Analyzer(page);
    await analyzer.open("x.eml", octets);
    await assertEventually(async () => {
      const text = await page.getByRole("main").innerText();
      assert.match(text, /no (proper )?message|empty|nothing|not a message/i);
    });
    assert.equal(await page.getByTestId("verdict").getAttribute("data-tone", { timeout: 500 }).catch(() => "none") === "good", false);
    await picture(page, `nothing-${what.replaceAll(" ", "-")}`);
  });
}

/** Written to a file, for the browser to read as far as it wants to. */
function asFile(t, message) {
  const folder = mkdtempSync(join(tmpdir(), "waxseal-long-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "long.eml"), message);
  return join(folder, "long.eml");
}

test("25 MB: progress is shown, and the verdict comes", async (t) => {
  const file = asFile(t, await signed(longLetter(25_000_000)));
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  // every state of the progress bar, for it may be gone before anybody looks
  await page.evaluate(() => {
    globalThis.seen = [];
    new MutationObserver(() => {
      const bar = document.querySelector("main progress[max]");
      if (bar && bar.value !== globalThis.seen.at(-1)) globalThis.seen.push(bar.value);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  const { record } = await key();
  await analyzer.loadKeys("k.zone", `${KEY_NAME}. IN TXT ${record.match(/.{1,200}/g).map((one) => `"${one}"`).join(" ")}\n`);
  await analyzer.open("long.eml", file);
  assert.equal((await analyzer.verdict()).tone, "good");
  await analyzer.settled();
  const seen = await page.evaluate(() => globalThis.seen);
  assert.ok(seen.length >= 5, `the progress bar was seen at ${seen}`);
  await picture(page, "long-message");
});

test("25 MB: cancelling ends the work and leaves the page ready for another", async (t) => {
  const file = asFile(t, await signed(longLetter(25_000_000)));
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  // pressed as soon as it is there, as a person with fast fingers does
  await page.evaluate(() => {
    globalThis.cancelled = false;
    new MutationObserver(() => {
      const button = [...document.querySelectorAll("main button")].find((one) => one.textContent === "Cancel");
      if (button && !globalThis.cancelled) {
        globalThis.cancelled = true;
        button.click();
      }
    }).observe(document.body, { subtree: true, childList: true });
  });
  await analyzer.open("long.eml", file);
  await assertEventually(async () => assert.equal(await page.evaluate(() => globalThis.cancelled), true));
  await page.getByTestId("progress").waitFor({ state: "detached" });
  assert.equal(await analyzer.verdictPlace.count(), 0);
  await page.evaluate(() => (globalThis.cancelled = true));
  await analyzer.open("letter.eml", await signed(LETTER));
  assert.equal((await analyzer.verdict()).tone, "unknown");
  await page.getByText("2 KB").or(page.getByText(/letter\.eml/)).first().waitFor();
});
