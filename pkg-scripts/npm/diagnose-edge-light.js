// Edge runtimes compile no octets at run time: their bundler makes a module of the import.
import wasm from "./diagnose.wasm?module";
import { provide } from "./diagnose-load.js";

provide({ compile: async () => wasm, compileNow: () => wasm });
