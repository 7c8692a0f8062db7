import { load, provide } from "./diagnose-load.js";
import { bySource } from "./slim-source.js";

export { diagnose } from "./diagnoser.js";

/**
 * Starts the module from what is given.
 *
 * @param {import("./slim.js").WasmSource | Promise<import("./slim.js").WasmSource>} source
 * @returns {Promise<void>}
 */
export async function init(source) {
  provide(bySource(source, "diagnose.wasm", "diagnoser"));
  await load();
}
