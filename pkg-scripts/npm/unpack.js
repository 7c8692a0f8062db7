import { unlzma } from "./unlzma.js";

/**
 * A module that is part of the code, for hosts where a file beside it may not be found.
 *
 * @param {string} packed  raw LZMA, in base64
 * @param {number} size  how many octets it has
 * @returns {import("./starter.js").Source}
 */
export function unpacked(packed, size) {
  const octets = () => unlzma(fromBase64(packed), size);
  return {
    compile: () => WebAssembly.compile(octets()),
    compileNow: () => new WebAssembly.Module(octets()),
  };
}

/** @param {string} base64 */
function fromBase64(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64);
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}
