// The result taken along: the same report as the native command's, to the letter; and what is pasted
// elsewhere can do nothing there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";

import { closeBrowser, open } from "./support/browser.mjs";
import * as hostile from "./support/hostile.mjs";
import { nativeReport, sample, samples, SAMPLE_ZONE } from "./support/messages.mjs";
import { Analyzer, assertEventually } from "./support/page.mjs";

after(closeBrowser);

/** The native command with what the page chooses: names of keys are all that is looked up. */
const AS_THE_PAGE = ["--zone", SAMPLE_ZONE, "--no-alignment", "--authserv-id", "waxseal.analyzer"];

/** What a button puts on the clipboard. */
async function copied(page, name) {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.evaluate(() => navigator.clipboard.writeText("nothing was copied"));
  await page.getByRole("button", { name }).click();
  await page.getByRole("status").getByText("Copied").first().waitFor();
  return (await page.evaluate(() => navigator.clipboard.readText())).replaceAll("\r\n", "\n");
}

/** What a button saves as a file. */
async function saved(page, name) {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name }).or(page.getByRole("link", { name })).click();
  return readFileSync(await (await download).path(), "utf8");
}

async function told(t, title) {
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  await analyzer.sample(title);
  await analyzer.settled();
  return { page, analyzer };
}

for (const { file, title } of samples) {
  test(`${title}: the JSON is the report of the native command`, async (t) => {
    const { page } = await told(t, title);
    const exported = JSON.parse(await saved(page, "Save JSON"));
    // where the time matters it is told, in Unix seconds
    const at = /time of verification, (\d+)/.exec(JSON.stringify(exported))?.[1];
    const native = nativeReport(sample(file.replace(".eml", "")), ...AS_THE_PAGE, "--trace", ...(at ? ["--at", at] : []));
    assert.deepEqual(exported, { ...native, file: null });
    // in the same order, too
    assert.equal(JSON.stringify(exported), JSON.stringify({ ...native, file: null }));
  });
}

test("copied as Authentication-Results: the field of the report", async (t) => {
  const { page } = await told(t, samples[0].title);
  const native = nativeReport(sample("pass"), ...AS_THE_PAGE);
  const text = await copied(page, "Copy as Authentication-Results");
  assert.equal(text, `Authentication-Results: ${native.authenticationResults.replaceAll("\r\n", "\n")}\n`);
  assert.match(text, /dkim=pass/);
});

test("copied as JSON: the same as saved", async (t) => {
  const { page } = await told(t, samples[0].title);
  assert.equal(await copied(page, "Copy as JSON"), await saved(page, "Save JSON"));
});

test("copied as Markdown: the verdict, and every signature", async (t) => {
  const { page, analyzer } = await told(t, samples.find(({ file }) => file === "mailing-list.eml").title);
  const { label, sentence } = await analyzer.verdict();
  const text = await copied(page, "Copy as Markdown");
  const plain = text.replaceAll("\\", "");
  assert.ok(plain.includes(label) && plain.includes(sentence), text);
  for (const domain of ["lists.verein.example", "gartenfreunde.example"]) {
    assert.match(plain, new RegExp(`\\| ${domain} \\|`));
  }
  assert.equal(await saved(page, "Save Markdown"), text);
});

test("Markdown of a hostile message has no markup of the message in it", async (t) => {
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  await analyzer.open("hostile.eml", hostile.markup());
  await analyzer.verdict();
  await analyzer.settled();
  const text = await copied(page, "Copy as Markdown");
  const outsideOfCode = text.replace(/^```\n[^]*?^```$/gm, "");
  assert.doesNotMatch(outsideOfCode, /(?<!\\)<[a-z!/]/i);
  assert.doesNotMatch(outsideOfCode, /(?<!\\)!?\[[^\]]*\]\(/);
});

test("before there is a result there is nothing to take along", async (t) => {
  const { page } = await open(t);
  await assertEventually(async () => assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1));
  assert.equal(await page.getByRole("button", { name: /^(Copy|Save|Print)/ }).count(), 0);
});
