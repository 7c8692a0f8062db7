// The module as part of the code, for hosts where a file beside it may not be found.
import { inflateSync } from "./inflate.js";
import packed from "./wasm-inline.js";
import { provide } from "./load.js";

provide({
  compile: () => WebAssembly.compile(unpack()),
  compileNow: () => new WebAssembly.Module(unpack()),
});

function unpack() {
  return inflateSync(fromBase64(packed));
}

/** @param {string} base64 */
function fromBase64(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64);
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}
