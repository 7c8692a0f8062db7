// The page without a mouse: everything can be reached, seen to be reached, and used.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { closeBrowser, open, picture } from "./support/browser.mjs";
import { sample, samples, ZONE } from "./support/messages.mjs";
import { Analyzer } from "./support/page.mjs";

after(closeBrowser);

/** What has the focus: its role or kind, its name, and whether that can be seen. */
const focused = (page) =>
  page.evaluate(async () => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const box = await restingPlace();
    return {
      kind: element.localName,
      name: (element.getAttribute("aria-label") ?? element.labels?.[0]?.innerText ?? element.innerText ?? "").trim().split("\n")[0],
      isMarked: outlined || style.boxShadow !== "none",
      isSeen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    };

    /** Where it is once the page has stopped scrolling to it. */
    async function restingPlace() {
      let last = element.getBoundingClientRect();
      for (let still = 0; still < 3; ) {
        await new Promise((drawn) => requestAnimationFrame(drawn));
        const now = element.getBoundingClientRect();
        still = now.top === last.top ? still + 1 : 0;
        last = now;
      }
      return last;
    }
  });

/** Presses Tab until the page is left; what was passed. */
async function walk(page, key = "Tab", limit = 400) {
  const passed = [];
  await page.evaluate(() => (globalThis.walked = new Set()));
  for (let n = 0; n < limit; n++) {
    await page.keyboard.press(key);
    const one = await focused(page);
    if (one === null) return passed;
    const isNew = await page.evaluate(() => {
      const { size } = globalThis.walked;
      return globalThis.walked.add(document.activeElement).size > size;
    });
    if (!isNew) return passed;
    passed.push(one);
  }
  assert.fail(`Tab does not leave the page after ${limit} times`);
}

test("Tab reaches everything, in the order it is read, and each is marked", async (t) => {
  const { page } = await open(t);
  await page.evaluate(() => document.body.focus());
  const passed = await walk(page);
  const names = passed.map(({ name }) => name);
  assert.match(names[0], /^Skip/);
  const order = [/Paste the message/, /Open a file/, new RegExp(samples[0].title), /Nobody|Ask/].map((name) =>
    names.findIndex((one) => name.test(one)),
  );
  assert.ok(order.every((at) => at >= 0), `${order}: ${names.join(" | ")}`);
  assert.deepEqual(order, order.toSorted((a, b) => a - b), names.join(" | "));
  for (const { title } of samples) assert.ok(names.some((name) => name.startsWith(title)), title);
  assert.deepEqual(passed.filter(({ isMarked, isSeen }) => !isMarked || !isSeen), []);
});

test("Shift+Tab is a way back: no place holds the keyboard", async (t) => {
  const { page } = await open(t);
  const there = await walk(page);
  const back = await walk(page, "Shift+Tab");
  assert.ok(back.length >= there.length - 1, `${there.length} there, ${back.length} back`);
});

test("the first Tab offers to skip to the content", async (t) => {
  const { page } = await open(t);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
});

test("a sample is chosen, and the focus goes to the verdict", async (t) => {
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  await page.getByRole("button", { name: samples[0].title }).focus();
  await page.keyboard.press("Enter");
  const { sentence } = await analyzer.verdict();
  await analyzer.settled();
  const one = await focused(page);
  assert.equal(one.kind, "h1");
  assert.equal(await page.evaluate(() => document.activeElement.innerText.trim()), sentence);
  await picture(page, "keyboard-verdict");
});

test("everything of a result can be reached and is marked", async (t) => {
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  await page.getByRole("button", { name: samples.find(({ file }) => file === "mailing-list.eml").title }).focus();
  await page.keyboard.press("Space");
  await analyzer.verdict();
  await analyzer.settled();
  const passed = await walk(page);
  assert.deepEqual(passed.filter(({ isMarked, isSeen }) => !isMarked || !isSeen), []);
  // and closed parts open by the keyboard
  const summary = page.locator("main summary").first();
  if (await summary.count()) {
    const was = await summary.evaluate((element) => element.parentElement.open);
    await summary.focus();
    await page.keyboard.press("Enter");
    assert.equal(await summary.evaluate((element) => element.parentElement.open), !was);
  }
});

test("a message is written, its keys are given and it is checked, by keys alone", async (t) => {
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  const press = async (...keys) => {
    for (const one of keys) await page.keyboard.press(one);
  };
  /** Tab until that has the focus. */
  const tabTo = async (name) => {
    for (let n = 0; n < 80; n++) {
      const one = await focused(page);
      if (one && name.test(one.name)) return;
      await press("Tab");
    }
    assert.fail(`${name} cannot be reached`);
  };
  await tabTo(/Paste the message/);
  await page.keyboard.insertText(sample("pass").toString("utf8").replaceAll("\r\n", "\n"));
  await tabTo(/^Analyze/);
  await press("Enter");
  assert.equal((await analyzer.verdict()).tone, "unknown");
  // the radio buttons are one stop, with arrows inside
  await tabTo(/Nobody|Cloudflare|Google|Quad9|server|Records/i);
  for (let n = 0; n < 12 && !/^Records/.test((await focused(page)).name); n++) await press("ArrowDown");
  await tabTo(/^(A|Or a) key file/);
  await page.keyboard.insertText(ZONE);
  await tabTo(/^(Use this|Look up)$/);
  await picture(page, "keyboard-key-file");
  await press("Enter");
  await page.waitForFunction(() => document.querySelector("[data-testid=verdict]")?.dataset.tone === "good");
});
