// Where and how the page can be looked at: any path, any width, light and dark, on paper, without a
// network, without a mouse, with a screen reader.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import { accessibilityFaults, closeBrowser, open, stickingOut, picture } from "./support/browser.mjs";
import { sample, samples } from "./support/messages.mjs";
import { Analyzer } from "./support/page.mjs";

after(closeBrowser);

const title = (file) => samples.find((one) => one.file === `${file}.eml`).title;

/** The states of the page that differ most. */
const STATES = {
  start: async () => {},
  good: (analyzer) => analyzer.sample(title("pass")),
  caution: (analyzer) => analyzer.sample(title("mailing-list")),
  bad: (analyzer) => analyzer.sample(title("modified-body")),
  copied: (analyzer) => analyzer.sample(title("copied-fields")),
  asking: async (analyzer) => {
    await analyzer.open("pass.eml", sample("pass"));
    await analyzer.verdict();
  },
  mailbox: async (analyzer) => {
    const message = sample("pass").toString("latin1").replaceAll("\r\n", "\n");
    const box = `From a@b Mon Nov 16 08:14:09 2026\n${message}\nFrom a@b Mon Nov 16 08:14:09 2026\n${message}`;
    await analyzer.open("two.mbox", Buffer.from(box, "latin1"), "application/mbox");
    await analyzer.page.getByRole("region", { name: "Which message?" }).waitFor();
  },
};

/** Opens every part that can be opened. */
async function unfold(page) {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("main details")) details.open = true;
  });
}

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  narrow: { colorScheme: "light", viewport: { width: 360, height: 740 } },
};

/** Those with which little can go wrong that has not gone wrong above: with two states. */
const MORE_LOOKS = {
  "narrow dark": { colorScheme: "dark", viewport: { width: 360, height: 740 } },
  "forced colours": { forcedColors: "active" },
  "very wide": { viewport: { width: 2560, height: 1440 } },
};

for (const [look, options] of Object.entries({ ...LOOKS, ...MORE_LOOKS })) {
  for (const [state, reach] of Object.entries(STATES)) {
    if (look in MORE_LOOKS && state !== "start" && state !== "caution") continue;
    test(`${look}, ${state}: axe finds nothing, and nothing is cut off`, async (t) => {
      const { page } = await open(t, options);
      const analyzer = new Analyzer(page);
      await reach(analyzer);
      if (state !== "start" && state !== "mailbox") await analyzer.settled();
      await picture(page, `look-${look.replace(" ", "-")}-${state}`);
      assert.deepEqual(await accessibilityFaults(page), []);
      assert.deepEqual(await stickingOut(page), []);
      await unfold(page);
      await picture(page, `look-${look.replace(" ", "-")}-${state}-unfolded`);
      assert.deepEqual(await accessibilityFaults(page), []);
      assert.deepEqual(await stickingOut(page), []);
    });
  }
}

test("from a sub-path, with nothing asked for outside of it", async (t) => {
  const { page, requests, served } = await open(t, { prefix: "/some/where/dkim/" });
  assert.equal((await new Analyzer(page).sample(title("pass"))).tone, "good");
  const outside = requests.filter((request) => !request.startsWith(`GET ${served.url}`));
  assert.deepEqual(outside, []);
});

test("without a network: the second visit verifies a sample", async (t) => {
  const { page, goOffline, served } = await open(t, { mayLog: [/Failed to load resource|net::ERR/] });
  await page.evaluate(() => navigator.serviceWorker.ready);
  // whatever it keeps is kept by the time it is ready
  goOffline();
  await served.close();
  await page.reload();
  const analyzer = new Analyzer(page);
  for (const file of ["pass", "ed25519", "modified-body"]) {
    const { tone } = await analyzer.sample(title(file));
    assert.equal(tone, file === "modified-body" ? "bad" : "good");
    await analyzer.settled();
    await page.getByRole("button", { name: "Another message" }).click();
  }
});

test("on paper: the verdict and the signatures, and no controls", async (t) => {
  const { page } = await open(t);
  const analyzer = new Analyzer(page);
  await analyzer.sample(title("mailing-list"));
  await analyzer.settled();
  await page.emulateMedia({ media: "print" });
  await analyzer.verdictPlace.waitFor();
  // the names in the table are buttons, too, and stay
  const visible = await page.getByRole("button").filter({ visible: true }).allInnerTexts();
  assert.deepEqual(visible.filter((text) => /copy|save|print|message$|look up|use this|analyze/i.test(text)), []);
  assert.ok(await analyzer.card(0).isVisible() && await analyzer.card(1).isVisible());
  await picture(page, "print");
  // black on white, whatever the screen has
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.match(ground, /rgba?\((255, 255, 255|0, 0, 0, 0)/);
});

test("who wants less motion gets none", async (t) => {
  const { page } = await open(t, { reducedMotion: "reduce" });
  const analyzer = new Analyzer(page);
  await analyzer.sample(title("pass"));
  await analyzer.settled();
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("*")].flatMap((element) => {
      const { animationName, animationDuration, transitionDuration, scrollBehavior } = getComputedStyle(element);
      const long = (durations) => durations.split(",").some((one) => parseFloat(one) > 0.01);
      const moves =
        (animationName !== "none" && long(animationDuration)) || long(transitionDuration) || scrollBehavior === "smooth";
      return moves ? [element.outerHTML.slice(0, 100)] : [];
    }),
  );
  assert.deepEqual(moving, []);
});

test("without JavaScript the page says that it needs it", async (t) => {
  const { page } = await open(t, { javaScriptEnabled: false });
  const told = page.locator("noscript"); // getByText() passes over it
  assert.ok(await told.isVisible());
  assert.match(await told.innerText(), /needs JavaScript/);
});

test("the policy is sent with every file, and is strict", async (t) => {
  const { served } = await open(t);
  const policy = (await fetch(served.url)).headers.get("content-security-policy");
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'(;|$)/);
  assert.match(policy, /require-trusted-types-for 'script'/);
  assert.doesNotMatch(policy, /'unsafe-inline'|'unsafe-eval'/);
});
