import { WaxsealError, badArgument } from "./error.js";
import { octets } from "./message.js";

/**
 * A module that the caller brings.
 *
 * @param {import("./slim.js").WasmSource | Promise<import("./slim.js").WasmSource>} given
 * @param {string} file  which it is
 * @param {string} mark  what it exports, and no other module
 * @returns {import("./starter.js").Source}
 */
export function bySource(given, file, mark) {
  /** Any module could be instantiated, and would fail later, in no telling way. */
  const ours = (module) => {
    if (WebAssembly.Module.exports(module).some(({ name }) => name === mark)) return module;
    throw new WaxsealError("startFailed", `source is not "waxseal/${file}" of this version`);
  };
  return { compile: async () => ours(await compile(await given)), compileNow: notYet };
}

function notYet() {
  throw new Error("init() is not done");
}

async function compile(source) {
  const tag = Object.prototype.toString.call(source);
  if (tag === "[object WebAssembly.Module]") return source;
  if (tag === "[object Response]") return compileResponse(source);
  const array = octets(source);
  if (array) return WebAssembly.compile(array);
  throw badArgument("source", "a WebAssembly.Module, a Uint8Array, an ArrayBuffer or a Response");
}

async function compileResponse(response) {
  if (!response.ok) {
    const from = response.url ? ` from ${response.url}` : "";
    throw new WaxsealError("startFailed", `HTTP status ${response.status}${from}, not the module`);
  }
  const type = response.headers.get("content-type");
  // Compiling while it comes is left to those who serve it as what it is.
  if (type === "application/wasm" && WebAssembly.compileStreaming) {
    return WebAssembly.compileStreaming(response);
  }
  return WebAssembly.compile(await response.arrayBuffer());
}
