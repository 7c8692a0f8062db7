// Headless Chromium, and a server of plain files for it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** What a careful page allows; the second is of a page that forbids WebAssembly. */
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const REFUSING = "default-src 'self'; script-src 'self'";

/** Serves the folder, each page under that policy. */
export async function serve(folder) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://host").pathname));
    try {
      // Where a page of dist/ says /assets, it means dist/assets.
      const octets = await readFile(join(folder, path)).catch(() => readFile(join(folder, "dist", path)));
      response.writeHead(200, {
        "content-type": TYPES[extname(path)] ?? "application/octet-stream",
        "content-security-policy": path.endsWith("/refused.html") ? REFUSING : POLICY,
      });
      response.end(octets);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export class Browser {
  #browser;

  /** @param {string} folder  with playwright-core in its node_modules */
  static async start(folder) {
    const { chromium } = createRequire(join(folder, "package.json"))("playwright-core");
    const browser = new Browser();
    browser.#browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      // As root, which has no sandbox.
      args: ["--no-sandbox"],
    });
    return browser;
  }

  /** What the page's `globalThis.outcome` comes to. */
  async outcome(url, limit) {
    const page = await this.#browser.newPage();
    const heard = [];
    page.on("console", (message) => heard.push(message.text()));
    page.on("pageerror", (error) => heard.push(String(error)));
    page.on("requestfailed", (request) => heard.push(`${request.url()}: ${request.failure()?.errorText}`));
    try {
      page.setDefaultTimeout(limit);
      await page.goto(url);
      // Vite's development server has the page load again when it has found what the page needs.
      for (let tries = 3; ; tries--) {
        try {
          await page.waitForFunction(() => globalThis.outcome !== undefined);
          return await page.evaluate(() => globalThis.outcome);
        } catch (error) {
          if (!tries || !/context was destroyed|navigat/i.test(error.message)) throw error;
        }
      }
    } catch (error) {
      throw new Error(`${url}: ${error.message}\n${heard.join("\n")}`, { cause: error });
    } finally {
      await page.close();
    }
  }

  async stop() {
    await this.#browser.close();
  }
}
