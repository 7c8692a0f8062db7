// In workerd a module may only come as an import: it compiles no octets at run time.
import wasm from "./diagnose.wasm";
import { provide } from "./diagnose-load.js";

provide({ compile: async () => wasm, compileNow: () => wasm });
