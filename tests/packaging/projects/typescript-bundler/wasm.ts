// As a Worker imports it.
import diagnose from "waxseal/diagnose.wasm";
import wasm from "waxseal/waxseal.wasm";

export const exported: WebAssembly.ModuleExportDescriptor[] = [wasm, diagnose].flatMap((one) => WebAssembly.Module.exports(one));
