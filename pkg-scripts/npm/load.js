// The module is started by the first call that needs it, once, and asynchronously where that call
// can wait: not every host lets a module of this size be compiled synchronously.
import init, * as core from "./waxseal.js";
import wasmBase64 from "./wasm-inline.js";
import { WaxsealError } from "./error.js";

/** @type {Promise<typeof core> | undefined} */
let starting;
let isStarted = false;

/** @returns {Promise<typeof core>} the core, ready for use */
export function load() {
  starting ??= start().catch((error) => {
    // What failed for want of memory may work when it is tried again.
    starting = undefined;
    throw new WaxsealError("startFailed", `WebAssembly could not be started: ${error.message}`, {
      cause: error,
    });
  });
  return starting;
}

/**
 * The core, for calls that cannot wait.
 *
 * @returns {typeof core}
 */
export function loadNow() {
  if (isStarted) return core;
  try {
    startNow(new WebAssembly.Module(decode(wasmBase64)));
  } catch (error) {
    const hint = "call `await ready()` once before";
    throw new WaxsealError("notStarted", `WebAssembly cannot be started here at once: ${hint}`, {
      cause: error,
    });
  }
  return core;
}

async function start() {
  const module = await WebAssembly.compile(decode(wasmBase64));
  // loadNow() may have come in between; a second instance would know nothing of what lives in the
  // first. Where this fails, loadNow() fails as well, and nothing comes in between.
  if (!isStarted && !startsNow(module)) {
    await init({ module_or_path: module });
    isStarted = true;
  }
  return core;
}

function startsNow(module) {
  try {
    startNow(module);
    return true;
  } catch {
    return false;
  }
}

function startNow(module) {
  core.initSync({ module });
  isStarted = true;
}

/** @param {string} base64 */
function decode(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64);
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}
