// node serve.mjs FOLDER PORT [PREFIX]
// Serves a folder of static files at http://127.0.0.1:PORT/PREFIX, to this machine alone. Prints one
// line when it listens, and ends by a signal, or at once where another of its kind has the port.
import { realpathSync } from "node:fs";
import { open, readFile, realpath } from "node:fs/promises";
import { createServer, get } from "node:http";
import { extname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".eml": "message/rfc822",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
  ".zone": "text/plain; charset=utf-8",
};

const WHO = "waxseal-analyzer";

/**
 * A server of the folder, not yet listening. Under `prefix` ("/" or "/some/path/"); all else is 404.
 */
export function staticServer(folder, prefix = "/") {
  const root = realpathSync(folder);
  return createServer((request, response) => {
    answer(root, prefix, request, response).catch((error) => {
      if (error.code === "ERR_STREAM_PREMATURE_CLOSE") return; // who asked is gone
      console.error(`${request.method} ${request.url}: ${error.message}`);
      if (!response.headersSent) refuse(response, 500, "The server failed.");
      else response.destroy();
    });
  });
}

async function answer(root, prefix, request, response) {
  response.setHeader("server", WHO);
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    return refuse(response, 405, "Only GET and HEAD are served here.");
  }
  const path = pathOf(request.url);
  if (path === null) return refuse(response, 400, "That is no path.");
  if (`${path}/` === prefix) {
    response.setHeader("location", prefix);
    return refuse(response, 308, `The page is at ${prefix}`);
  }
  const file = path.startsWith(prefix) ? await openInside(root, path.slice(prefix.length)) : null;
  if (file === null) return refuse(response, 404, "There is nothing of that name.");
  try {
    const { size } = await file.handle.stat();
    const headers = await headersFor(root);
    headers["content-type"] = TYPES[extname(file.path).toLowerCase()] ?? "application/octet-stream";
    headers["content-length"] = size;
    response.writeHead(200, headers);
    if (request.method === "HEAD") return response.end();
    await pipeline(file.handle.createReadStream({ autoClose: false }), response);
  } finally {
    await file.handle.close();
  }
}

/** The decoded path, or null where it cannot be one. */
function pathOf(url) {
  try {
    const path = decodeURIComponent(url.split(/[?#]/)[0]);
    return path.startsWith("/") && !path.includes("\0") ? path : null;
  } catch {
    return null;
  }
}

/** A regular file in the folder; neither `..` nor a symbolic link leads out of it. */
async function openInside(root, path) {
  try {
    const found = await realpath(join(root, path.endsWith("/") || path === "" ? `${path}index.html` : path));
    if (!found.startsWith(root + sep)) return null;
    const handle = await open(found);
    if ((await handle.stat()).isFile()) return { handle, path: found };
    await handle.close();
    return null;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP", "EACCES"].includes(error.code)) return null;
    throw error;
  }
}

/**
 * The page's own policy, sent as a header with everything: a worker has the policy its script came
 * with, not that of the page. `frame-ancestors` is not heard in the page itself.
 */
async function headersFor(root) {
  const page = await readFile(join(root, "index.html"), "utf8").catch(() => "");
  const policy = /<meta[^>]+http-equiv="content-security-policy"[^>]+content="([^"]+)"/i.exec(page);
  const policies = ["frame-ancestors 'none'"];
  if (policy) policies.unshift(unescaped(policy[1]).trim().replace(/;$/, ""));
  return {
    // asked again each time, so that a page built anew is seen
    "cache-control": "no-cache",
    "content-security-policy": policies.join("; "),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}

/** An attribute as it was meant: a policy is in letters, and what of it HTML may escape. */
function unescaped(attribute) {
  const meant = { "&#39;": "'", "&apos;": "'", "&quot;": '"', "&amp;": "&" };
  return attribute.replace(/&(#39|apos|quot|amp);/g, (escaped) => meant[escaped]);
}

function refuse(response, status, text) {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
}

/** Whether one of these servers answers at the port. */
function isOurs(port) {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path: "/", timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.headers.server === WHO);
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", () => resolve(false));
  });
}

async function main(folder, port, prefix) {
  const server = staticServer(folder, prefix);
  server.on("error", async (error) => {
    if (error.code !== "EADDRINUSE") throw error;
    if (await isOurs(port)) {
      console.log(`The analyzer is being served already, at http://127.0.0.1:${port}${prefix ?? "/"}`);
      process.exit(0);
    }
    console.error(`Port ${port} is taken by another program: end that, or choose another port with --port N.`);
    process.exit(1);
  });
  server.listen(port, "127.0.0.1", () => {
    console.log(`The analyzer is at http://127.0.0.1:${server.address().port}${prefix ?? "/"} (Ctrl-C ends it)`);
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, port, prefix] = process.argv.slice(2);
  if (!/^\d+$/.test(port ?? "")) {
    console.error("usage: node serve.mjs FOLDER PORT [PREFIX]");
    process.exit(64);
  }
  await main(folder, Number(port), prefix);
}
