// A real browser (Debian's Chromium) with the built page in it, seen the way a person sees it.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

import { chromium } from "playwright-core";

import { staticServer } from "../../../pkg-scripts/lib/serve.mjs";
import { recorder } from "./recorder.mjs";

export const ROOT = new URL("../../../", import.meta.url).pathname;
export const TARGET = resolve(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"));
/** The built page. */
export const SITE = resolve(process.env.WAXSEAL_ANALYZER ?? join(TARGET, "analyzer"));
const SCREENSHOTS = join(TARGET, "analyzer-screenshots");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

assert.ok(existsSync(join(SITE, "index.html")), `${SITE} has no page: run pkg-scripts/analyzer`);
mkdirSync(SCREENSHOTS, { recursive: true });

/** How long to wait for what will come: long, for a machine with other things to do. In milliseconds. */
export const PATIENCE = 60_000 * Number(process.env.WAXSEAL_PATIENCE ?? 1);

let browser;

/** One browser for the tests of a file; to be closed by `closeBrowser` in an `after`. */
export async function theBrowser() {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // what the browser asks its maker about forms is none of the page's requests
    args: ["--disable-features=AutofillServerCommunication"],
  });
  return browser;
}

export async function closeBrowser() {
  await browser?.close();
  browser = undefined;
}

/** The page, served under `prefix`. */
export async function site(prefix = "/") {
  const server = staticServer(SITE, prefix);
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    url: `${origin}${prefix}`,
    close() {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}

/**
 * Opens the page for a test, in a profile of its own, with all that it asks the network for on record.
 * When the test ends, whatever the page should not have done (an error in the console, an exception,
 * a breach of its policy, a request to anybody not in `mayAsk`) fails the test.
 *
 * @param {import("node:test").TestContext} t
 */
export async function open(t, { prefix = "/", mayAsk = [], mayLog = [], ...options } = {}) {
  const [served, wire] = await Promise.all([site(prefix), recorder()]);
  const context = await (await theBrowser()).newContext({
    ignoreHTTPSErrors: true, // the DoH servers of the tests sign their own certificates
    acceptDownloads: true,
    // loopback too: without this the browser would go there past the proxy
    proxy: { server: wire.url, bypass: "<-loopback>" },
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const problems = [];
  context.on("weberror", (error) => problems.push(`exception: ${error.error().stack ?? error.error()}`));
  context.on("console", (message) => {
    const text = `${message.type()}: ${message.text()}`;
    if (["error", "warning", "assert"].includes(message.type()) && !mayLog.some((one) => one.test(text))) {
      problems.push(text);
    }
  });
  context.on("dialog", (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  await context.exposeBinding("reportViolation", (_source, text) => problems.push(`policy: ${text}`));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      globalThis.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  const page = await context.newPage();

  t.after(async () => {
    await context.close().catch(() => {});
    await Promise.all([served.close(), wire.close()]);
  });
  t.after(() => {
    for (const problem of problems) t.diagnostic(problem); // also where the test fails for another reason
    assert.deepEqual(problems, [], "the page did what it should not");
    assert.deepEqual(foreign(), [], "the page asked somebody it should not");
  });

  /** What went to somebody else than the site and who may be asked. */
  function foreign() {
    return wire.requests.filter(
      (request) =>
        !request.startsWith(`GET ${served.origin}/`) &&
        !mayAsk.some((origin) => request === `CONNECT ${new URL(origin).hostname}:${new URL(origin).port || 443}`),
    );
  }

  await page.goto(served.url);
  return { page, context, problems, served, requests: wire.requests, foreign, goOffline: () => wire.goDown() };
}

/** Keeps a picture of the whole page with the results of the run. */
export async function picture(page, name) {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true, animations: "disabled" });
}

/** What axe finds wrong, as text: nothing, for a page that everybody can use. */
export async function accessibilityFaults(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary}`),
  );
}

/** What sticks out of the window sideways: nothing, for a page that need not be scrolled to be read. */
export const stickingOut = (page) =>
  page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > clientWidth,
    );
    const outermost = wide.filter((element) => !wide.includes(element.parentElement));
    const how = `by ${scrollWidth - clientWidth} pixels`;
    return [how, ...[...outermost, ...wide.slice(-3)].map((element) => element.outerHTML.slice(0, 160))];
  });
