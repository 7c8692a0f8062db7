// The entry for Node's own HTTP server, without mail: `node node.js`. Bindings are environment variables;
// HOST and PORT say where it listens (127.0.0.1 and 8787).
import { createServer } from "node:http";
import process from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import edge from "./edge.js";

/** How long a client that was answered early may go on sending, in milliseconds. */
const LINGER = 5000;

const server = createServer((incoming, outgoing) => {
  serve(incoming, outgoing).catch(() => outgoing.destroy());
});
server.listen(Number(process.env.PORT ?? 8787), process.env.HOST ?? "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address) console.log(`listening on http://${address.address}:${address.port}`);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close());

/**
 * @param {import("node:http").IncomingMessage} incoming
 * @param {import("node:http").ServerResponse} outgoing
 */
async function serve(incoming, outgoing) {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  const request = requestFrom(incoming, gone.signal);
  const response = request ? await edge.fetch(request) : new Response(null, { status: 400 });
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.setHeader(name, value);
  if (!incoming.complete) {
    // Answered before it was all there: the rest is read and thrown away for a while, so that the client
    // gets to read the answer, and then no longer.
    outgoing.setHeader("connection", "close");
    outgoing.once("finish", () => setTimeout(() => incoming.destroy(), LINGER).unref());
  }
  if (response.body) await pipeline(Readable.fromWeb(/** @type {any} */ (response.body)), outgoing);
  else outgoing.end();
}

/**
 * @param {import("node:http").IncomingMessage} incoming
 * @param {AbortSignal} signal
 * @returns {Request | undefined} nothing where it cannot be written as a Request
 */
function requestFrom(incoming, signal) {
  const { method = "GET", url = "/", headersDistinct } = incoming;
  const headers = new Headers();
  for (const [name, values] of Object.entries(headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const hasBody = method !== "GET" && method !== "HEAD" && ("content-length" in incoming.headers || "transfer-encoding" in incoming.headers);
  try {
    const target = new URL(url.startsWith("/") ? `http://localhost${url}` : url);
    const body = hasBody ? bodyOf(incoming) : null;
    return new Request(target, /** @type {RequestInit} */ ({ method, headers, body, duplex: "half", signal }));
  } catch {
    return undefined;
  }
}

/**
 * The body, read no faster than it is taken; given up, it leaves the connection as it is.
 *
 * @param {import("node:http").IncomingMessage} incoming
 * @returns {ReadableStream<Uint8Array>}
 */
function bodyOf(incoming) {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(new Uint8Array(value));
      },
      async cancel() {
        await chunks.return?.();
        incoming.resume();
      },
    },
    { highWaterMark: 0 },
  );
}
