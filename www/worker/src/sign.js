import { createSigner, repairLineEndings } from "waxseal";

import { messageIn } from "./body.js";
import { maxBytes } from "./config.js";
import { ConfigError, HttpError, isWaxsealError } from "./errors.js";
import { readHeader } from "./header.js";
import { entries, signaturesFor } from "./keys.js";
import { Room } from "./room.js";
import { checkToken } from "./token.js";

/**
 * `POST /sign`: the raw message in the body with signatures of its author's domain in front; with `?header`
 * those alone. The signatures stand before what they cover, so for the whole message all of it must be
 * here before the first octet can leave; with `?header` nothing of it is kept.
 *
 * @type {import("./http.js").Route}
 */
export async function signMessage(request, env, _ctx, line) {
  const all = entries(env);
  if (all.length === 0) throw new HttpError(404, "signingOff", "there are no signing keys here");
  await checkToken(request, env);
  const message = messageIn(request, maxBytes(env));
  const isWhole = !new URL(request.url).searchParams.has("header");
  const room = isWhole ? new Room() : undefined;
  try {
    room?.hold(Number(request.headers.get("content-length")) || 0);
    const { header, warnings, parts } = await sign(message, all, env, room);
    line.signatures = header.split("\r\n").filter((field) => /^dkim-signature:/i.test(field)).length;
    const codes = warnings.map(({ code }) => code);
    const headers = { ...(codes.length && { "x-waxseal-warnings": codes.join(", ") }) };
    if (!isWhole) {
      return new Response(header, { headers: { "content-type": "text/rfc822-headers", ...headers } });
    }
    const body = stream(header, parts, codes.includes("lineEndingsRepaired"), () => room?.leave());
    return new Response(body, { headers: { "content-type": "message/rfc822", ...headers } });
  } catch (error) {
    room?.leave();
    await message.return();
    throw asHttpError(error);
  }
}

/**
 * @param {AsyncGenerator<Uint8Array, void, void>} message
 * @param {import("./keys.js").Entry[]} all
 * @param {import("./config.js").Env} env
 * @param {Room | undefined} room  for the message, where it is needed afterwards
 */
async function sign(message, all, env, room) {
  const { header, read: parts } = await readHeader(message);
  const signer = createSigner({ signatures: await signaturesFor(header, all, env) });
  try {
    let octets = 0;
    for (const part of parts) {
      octets += part.length;
      await signer.write(part);
    }
    if (!room) parts.length = 0;
    for await (const part of message) {
      octets += part.length;
      room?.hold(octets);
      await signer.write(part);
      if (room) parts.push(part);
    }
    return { ...(await signer.end()), parts };
  } catch (error) {
    // What the module has of the message is given back.
    await signer.writable.abort(error).catch(() => {});
    throw error;
  }
}

/**
 * @param {string} header
 * @param {Uint8Array[]} parts  given away one by one, so that what has left is not kept
 * @param {boolean} isRepaired  whether line ends were made CRLF before they were signed
 * @param {() => void} done
 * @returns {ReadableStream<Uint8Array>}
 */
function stream(header, parts, isRepaired, done) {
  async function* leaving() {
    for (let part; (part = parts.shift()); ) yield part;
  }
  const rest = isRepaired ? repairLineEndings(leaving()) : leaving();
  let isStarted = false;
  return new ReadableStream(
    {
      async pull(controller) {
        if (!isStarted) {
          isStarted = true;
          controller.enqueue(new TextEncoder().encode(header));
          return;
        }
        const { done: isOver, value } = await rest.next();
        if (!isOver) {
          controller.enqueue(value);
          return;
        }
        controller.close();
        done();
      },
      async cancel() {
        done();
        await rest.return();
      },
    },
    { highWaterMark: 0 },
  );
}

/** @param {unknown} error */
function asHttpError(error) {
  if (isWaxsealError(error, "cannotSign")) return new HttpError(400, "cannotSign", error.message);
  if (isWaxsealError(error, "signerFailed")) {
    const failed = new HttpError(502, "signerFailed", "the service that has the key failed; try again later");
    failed.cause = error.cause instanceof Error ? error.cause : error;
    return failed;
  }
  // What is wrong with an option or a key is wrong with SIGNATURES or with its secrets.
  if (isWaxsealError(error, "badKey") || isWaxsealError(error, "badArgument")) {
    return new ConfigError(error.message.replaceAll("options.signatures", "SIGNATURES of the author's domain: "));
  }
  return error;
}
