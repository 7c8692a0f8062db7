// A module is started by the first call that needs it, once, and asynchronously where that call can
// wait: not every host lets a module of this size be compiled synchronously.
import { WaxsealError } from "./error.js";

/**
 * Where a module comes from: each host's entry knows.
 *
 * @typedef {object} Source
 * @property {() => Promise<WebAssembly.Module>} compile
 * @property {() => WebAssembly.Module} compileNow  throws where that cannot be
 */

/**
 * What starts a module, whose glue is given. There is one for each.
 *
 * @template Core
 * @param {Core & { default: Function, initSync: Function }} core  the glue
 * @param {string} hint  what to do where nobody has said where the module is
 */
export function starter(core, hint) {
  /** @type {Source | undefined} */
  let source;
  /** @type {Promise<Core> | undefined} */
  let starting;
  let isStarted = false;

  /** @param {Source} given  used from now on, unless the module has been started */
  function provide(given) {
    source = given;
  }

  /** @returns {Promise<Core>} the core, ready for use */
  function load() {
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

  /**
   * The core, for calls that cannot wait.
   *
   * @returns {Core}
   */
  function loadNow() {
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
    throw new WaxsealError("notStarted", `nobody has said where the WebAssembly module is: ${hint}`);
  }

  async function start() {
    const module = await given().compile();
    // loadNow() may have come in between; a second instance would know nothing of what lives in the
    // first. Where this fails, loadNow() fails as well, and nothing comes in between.
    if (!isStarted && !startsNow(module)) {
      await core.default({ module_or_path: module });
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

  return { provide, load, loadNow };
}

/** Each browser has words of its own for what a page forbids. */
function why({ message }) {
  if (!/content.security.policy|unsafe-eval|\bCSP\b/i.test(message)) return message;
  return `the page forbids it; its Content-Security-Policy needs script-src 'wasm-unsafe-eval' (${message})`;
}
