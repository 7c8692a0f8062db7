// For TypeScript that looks for it by its path ("node10"); exports name the one for CommonJS.
import type { WasmModule } from "./host.js";

/** The module: see diagnose.wasm.d.cts. */
declare const wasm: WasmModule;
export default wasm;
