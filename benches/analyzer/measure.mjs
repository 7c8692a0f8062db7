// node measure.mjs TIMES    see the script `run` beside it
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { closeBrowser, site, theBrowser } from "../../tests/analyzer/support/browser.mjs";
import { key, KEY_NAME, longLetter, signed } from "../../tests/analyzer/support/messages.mjs";
import { Analyzer } from "../../tests/analyzer/support/page.mjs";

const times = Number(process.argv[2]);
const WARM_UP = 10;
const BUDGET = 1000 / 60;

/** What runs in the page: hands a message over, and looks when the verdict is there. */
const inPage = () => {
  /** After the next frame has been drawn: the task behind its callbacks comes after its painting. */
  const painted = () =>
    new Promise((done) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(performance.now());
        port2.postMessage(null);
      });
    });
  /** When an element of that kind comes to be in the page. */
  const appears = (selector) =>
    new Promise((done) => {
      const look = () => {
        if (!document.querySelector(selector)) return;
        observer.disconnect();
        done(performance.now());
      };
      const observer = new MutationObserver(look);
      observer.observe(document.body, { subtree: true, childList: true, attributes: true });
      look();
    });
  const rest = () => new Promise((done) => setTimeout(done, 50));

  globalThis.bench = {
    async handOver(base64) {
      const octets = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([octets], "message.eml"));
      const drop = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer });
      const main = document.querySelector("main");
      await rest();
      await painted();
      const began = performance.now();
      main.dispatchEvent(drop);
      const told = await appears("[data-testid=verdict]");
      const seen = await painted();
      const tone = document.querySelector("[data-testid=verdict]").dataset.tone;
      if (tone !== "good") throw new Error(`the verdict is ${tone}`);
      await rest();
      document.querySelector("[data-testid=new-message]").click();
      await appears("[data-testid=message]");
      return { told: told - began, seen: seen - began };
    },
    /** The least there can be: a change of nothing but a letter, painted. */
    async handOverNothing() {
      await rest();
      await painted();
      const began = performance.now();
      document.title = document.title === "a" ? "b" : "a";
      return (await painted()) - began;
    },
    /** How long the page's own thread is busy in one go while `work` is done. */
    watch() {
      const { port1, port2 } = new MessageChannel();
      let last = performance.now();
      let longest = 0;
      let isOver = false;
      let frames = 0;
      port1.onmessage = () => {
        const now = performance.now();
        longest = Math.max(longest, now - last);
        last = now;
        if (!isOver) port2.postMessage(null);
      };
      port2.postMessage(null);
      const onFrame = () => {
        frames++;
        if (!isOver) requestAnimationFrame(onFrame);
      };
      requestAnimationFrame(onFrame);
      // from the moment the page hears of the file
      let began;
      document.addEventListener("change", () => ((began = last = performance.now()), (longest = 0)), { capture: true, once: true });
      let progress = 0;
      new MutationObserver(() => progress++).observe(document.querySelector("main"), {
        subtree: true, attributes: true, attributeFilter: ["value"],
      });
      globalThis.watched = appears("[data-testid=verdict]").then((told) => {
        isOver = true;
        return { took: told - began, longest, frames, progress };
      });
    },
  };
};

const quantile = (numbers, q) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) * q)];
const row = (name, numbers) =>
  console.log(
    `${name.padEnd(46)} ${["median", 0.5, "p90", 0.9, "least", 0]
      .map((one, at, all) => (at % 2 ? "" : `${one} ${quantile(numbers, all[at + 1]).toFixed(1).padStart(6)} ms`))
      .filter(Boolean)
      .join("   ")}`,
  );

async function readyPage() {
  const served = await site();
  const context = await (await theBrowser()).newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.goto(served.url);
  const analyzer = new Analyzer(page);
  const { record } = await key();
  const strings = record.match(/.{1,200}/g).map((part) => `"${part}"`).join(" ");
  await analyzer.loadKeys("keys.zone", `${KEY_NAME}. IN TXT ${strings}\n`);
  await page.evaluate(inPage);
  return { page, analyzer, close: () => context.close().then(() => served.close()) };
}

async function small() {
  const message = await signed(longLetter(20_000));
  const { page, close } = await readyPage();
  const base64 = message.toString("base64");
  const told = [];
  const seen = [];
  const nothing = [];
  for (let n = 0; n < WARM_UP + times; n++) {
    const one = await page.evaluate((text) => globalThis.bench.handOver(text), base64);
    const least = await page.evaluate(() => globalThis.bench.handOverNothing());
    if (n < WARM_UP) continue;
    told.push(one.told);
    seen.push(one.seen);
    nothing.push(least);
  }
  console.log(`\n${message.length} octets, RSA-2048, relaxed/relaxed, key from a key file, warm, ${times} times`);
  console.log(`one frame at 60 Hz                             ${BUDGET.toFixed(1)} ms`);
  row("handed over to verdict in the page", told);
  row("handed over to verdict painted", seen);
  row("(a change of nothing, painted)", nothing);
  const within = told.filter((one) => one <= BUDGET).length;
  console.log(`verdict in the page within one frame           ${within} of ${times} times`);
  await close();
}

async function large() {
  const message = await signed(longLetter(25_000_000));
  const folder = mkdtempSync(join(tmpdir(), "waxseal-bench-"));
  const file = join(folder, "long.eml");
  writeFileSync(file, message);
  const { page, close } = await readyPage();
  const found = [];
  for (let n = 0; n < 3; n++) {
    await page.evaluate(() => globalThis.bench.watch());
    await page.getByTestId("file").setInputFiles(file);
    found.push(await page.evaluate(() => globalThis.watched));
    await page.getByTestId("progress").waitFor({ state: "detached" });
    await page.getByTestId("new-message").click();
  }
  console.log(`\n${message.length} octets, read, verified and told, 3 times`);
  for (const { took, longest, frames, progress } of found) {
    console.log(
      `verdict after ${took.toFixed(0).padStart(5)} ms; the page's thread busy at most ${longest.toFixed(1)} ms in one go; ` +
        `${frames} frames drawn, ${progress} changes of the progress bar`,
    );
  }
  await close();
  rmSync(folder, { recursive: true });
}

await small();
await large();
await closeBrowser();
