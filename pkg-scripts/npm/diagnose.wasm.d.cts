import type { WasmModule } from "./cjs/host.js";

/**
 * The module, where the host or the bundler makes one of an import (workerd). Elsewhere import its
 * address (`waxseal/diagnose.wasm?url` in Vite) or read the file.
 */
declare const wasm: WasmModule;
export = wasm;
