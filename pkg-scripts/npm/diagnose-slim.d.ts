/**
 * All of `waxseal/diagnose` but the WebAssembly module, which you bring: the file
 * `waxseal/diagnose.wasm` of the same version. It is another one than `waxseal/waxseal.wasm`, and has a
 * verifier of its own.
 *
 * @example
 * // a browser, the file served beside the page
 * import { diagnose, init } from "waxseal/diagnose-slim";
 *
 * await init(fetch("/diagnose.wasm"));
 * const { signatures } = await diagnose(message);
 *
 * @packageDocumentation
 */

import type { WasmSource } from "./slim.js";

export * from "./diagnose.js";

/**
 * Starts the module. Calls made before are rejected with `notStarted`, calls made meanwhile wait. Once
 * it has started, another `init` changes nothing; where it failed, it may be called again.
 *
 * @throws {WaxsealError} `badArgument`, `startFailed`
 */
export function init(source: WasmSource | Promise<WasmSource>): Promise<void>;
