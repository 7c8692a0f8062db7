/**
 * All of `waxseal` but the WebAssembly module, which you bring: the file `waxseal/waxseal.wasm` of the
 * same version, where that is to be cached, or compiled, by itself. The resolvers that need the module
 * are here as well: `waxseal/doh` and `waxseal/zone` would bring it along in their code.
 *
 * @example
 * // a browser, the file served beside the page
 * import { init, verify } from "waxseal/slim";
 *
 * await init(fetch("/waxseal.wasm"));
 * const report = await verify(message);
 *
 * @example
 * // Node.js
 * import { readFile } from "node:fs/promises";
 * import { fileURLToPath } from "node:url";
 *
 * const file = fileURLToPath(import.meta.resolve("waxseal/waxseal.wasm"));
 * await init(readFile(file));
 *
 * @packageDocumentation
 */

import type { WasmModule } from "./host.js";

export * from "./doh.js";
export * from "./index.js";
export * from "./zone.js";

/**
 * The octets of `waxseal/waxseal.wasm`, a `Response` with them (compiled while it comes where its
 * content type is `application/wasm`), or what they were compiled to.
 */
export type WasmSource = WasmModule | Uint8Array | ArrayBuffer | Response;

/**
 * Starts the module. Calls made before are rejected with `notStarted`, calls made meanwhile wait. Once
 * it has started, another `init` changes nothing; where it failed, it may be called again.
 *
 * @throws {WaxsealError} `badArgument`, `startFailed`
 */
export function init(source: WasmSource | Promise<WasmSource>): Promise<void>;
