// In workerd a module may only come as an import: it compiles no octets at run time.
import wasm from "./waxseal.wasm";
import { provide } from "./load.js";

provide({ compile: async () => wasm, compileNow: () => wasm });
