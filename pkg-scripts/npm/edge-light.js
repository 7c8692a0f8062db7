// Edge runtimes compile no octets at run time: their bundler makes a module of the import.
import wasm from "./waxseal.wasm?module";
import { provide } from "./load.js";

provide({ compile: async () => wasm, compileNow: () => wasm });
