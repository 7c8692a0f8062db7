// As a Worker imports it.
import wasm from "waxseal/waxseal.wasm";

export const exported: WebAssembly.ModuleExportDescriptor[] = WebAssembly.Module.exports(wasm);
