// The module is started by the first call that needs it, once, and asynchronously: browsers refuse
// to compile a module of this size synchronously on the main thread.
import init, { Verifier, Zone, encodeQuery } from "./waxseal.js";
import wasmBase64 from "./wasm-inline.js";
import { WaxsealError } from "./error.js";

const core = { Verifier, Zone, encodeQuery };

/** @type {Promise<typeof core> | undefined} */
let started;

/** @returns {Promise<typeof core>} the core, ready for use */
export function load() {
  started ??= start().catch((error) => {
    // What failed for want of memory may work when it is tried again.
    started = undefined;
    throw new WaxsealError("startFailed", `WebAssembly could not be started: ${error.message}`, {
      cause: error,
    });
  });
  return started;
}

async function start() {
  const module = await WebAssembly.compile(decode(wasmBase64));
  await init({ module_or_path: module });
  return core;
}

/** @param {string} base64 */
function decode(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64);
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}
