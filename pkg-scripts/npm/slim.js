import { WaxsealError, badArgument } from "./error.js";
import { load, provide } from "./load.js";
import { octets } from "./message.js";

export * from "./api.js";
export { dohResolver } from "./doh-resolver.js";
export { zoneResolver } from "./zone-resolver.js";

/**
 * Starts the module from what is given.
 *
 * @param {import("./slim.js").WasmSource | Promise<import("./slim.js").WasmSource>} source
 * @returns {Promise<void>}
 */
export async function init(source) {
  provide({ compile: async () => ours(await compile(await source)), compileNow: notYet });
  await load();
}

function notYet() {
  throw new Error("init() is not done");
}

/** Any module could be instantiated, and would fail later, in no telling way. */
function ours(module) {
  const isExported = ({ name }) => name === "verifier_new";
  if (WebAssembly.Module.exports(module).some(isExported)) return module;
  throw new WaxsealError("startFailed", 'source is not "waxseal/waxseal.wasm" of this version');
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
