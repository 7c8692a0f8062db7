// The module is started by the first call that needs it, once, and asynchronously where that call
// can wait: not every host lets a module of this size be compiled synchronously.
import init, * as core from "./waxseal.js";
import { WaxsealError } from "./error.js";

/**
 * Where the module comes from: each host's entry knows.
 *
 * @typedef {object} Source
 * @property {() => Promise<WebAssembly.Module>} compile
 * @property {() => WebAssembly.Module} compileNow  throws where that cannot be
 */

/** @type {Source | undefined} */
let source;
/** @type {Promise<typeof core> | undefined} */
let starting;
let isStarted = false;

/** @param {Source} given  used from now on, unless the module has been started */
export function provide(given) {
  source = given;
}

/** @returns {Promise<typeof core>} the core, ready for use */
export function load() {
  starting ??= start().catch((error) => {
    // What failed for want of memory may work when it is tried again.
    starting = undefined;
    if (error instanceof WaxsealError) throw error;
    throw new WaxsealError("startFailed", `WebAssembly could not be started: ${why(error)}`, {
      cause: error,
    });
  });
  return starting;
}

/** Each browser has words of its own for what a page forbids. */
function why({ message }) {
  if (!/content.security.policy|unsafe-eval|\bCSP\b/i.test(message)) return message;
  return `the page forbids it; its Content-Security-Policy needs script-src 'wasm-unsafe-eval' (${message})`;
}

/**
 * The core, for calls that cannot wait.
 *
 * @returns {typeof core}
 */
export function loadNow() {
  if (isStarted) return core;
  const { compileNow } = given();
  try {
    startNow(compileNow());
  } catch (error) {
    const hint = "call `await ready()` once before";
    throw new WaxsealError("notStarted", `WebAssembly cannot be started here at once: ${hint}`, {
      cause: error,
    });
  }
  return core;
}

function given() {
  if (source) return source;
  const hint = 'import "waxseal", or call `init` of "waxseal/slim" before';
  throw new WaxsealError("notStarted", `nobody has said where the WebAssembly module is: ${hint}`);
}

async function start() {
  const module = await given().compile();
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
