import { load, provide } from "./load.js";
import { bySource } from "./slim-source.js";

export * from "./api.js";
export { answerLifetime, dohResolver } from "./doh-resolver.js";
export { zoneResolver } from "./zone-resolver.js";

/**
 * Starts the module from what is given.
 *
 * @param {import("./slim.js").WasmSource | Promise<import("./slim.js").WasmSource>} source
 * @returns {Promise<void>}
 */
export async function init(source) {
  provide(bySource(source, "waxseal.wasm", "verifier"));
  await load();
}
