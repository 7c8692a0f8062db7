import { signTokens } from "./config.js";
import { HttpError } from "./errors.js";

/**
 * Whether the request may sign: by a bearer token (RFC 6750 §2.1) of `SIGN_TOKEN`.
 *
 * @param {Request} request
 * @param {import("./config.js").Env} env
 * @throws {HttpError} 401
 */
export async function checkToken(request, env) {
  const tokens = signTokens(env);
  if (tokens.length === 0) {
    throw denied("nobody may sign here: the secret SIGN_TOKEN is not set", "");
  }
  const [, given] = /^bearer +(.*)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (given === undefined) throw denied("a token is needed: Authorization: Bearer …", "");
  if (!(await isOneOf(given.trim(), tokens))) throw denied("the token is not the right one", ', error="invalid_token"');
}

/**
 * Takes the same time whatever is given: what is compared are hashes, every octet of every one. So how
 * long it takes tells neither how much of a token is right nor how long it is.
 *
 * @param {string} given
 * @param {string[]} tokens
 */
async function isOneOf(given, tokens) {
  const hash = await sha256(given);
  let found = 0;
  for (const token of tokens) {
    const wanted = await sha256(token);
    let difference = 0;
    for (let i = 0; i < wanted.length; i++) difference |= wanted[i] ^ hash[i];
    found |= Number(difference === 0);
  }
  return found === 1;
}

/** @param {string} text */
async function sha256(text) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/** @param {string} message @param {string} why  for the challenge (RFC 6750 §3) */
function denied(message, why) {
  return new HttpError(401, "unauthorized", message, { "www-authenticate": `Bearer realm="waxseal"${why}` });
}
