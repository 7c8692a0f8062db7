// Types of the host, which only some set-ups of TypeScript know: its `dom` does, `@types/node` does
// in some versions.

/** A key of WebCrypto. */
export type CryptoKey = typeof globalThis extends { CryptoKey: { prototype: infer T } }
  ? T
  : {
      readonly algorithm: { readonly name: string };
      readonly extractable: boolean;
      readonly type: string;
      readonly usages: readonly string[];
    };

/** `WebAssembly.Module`. */
export type WasmModule = typeof globalThis extends {
  WebAssembly: { Module: { prototype: infer T } };
}
  ? T
  : object;
