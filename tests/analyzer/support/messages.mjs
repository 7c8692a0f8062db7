// Messages for the tests: the samples, and others that are signed here with a key made for the run.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT, TARGET } from "./browser.mjs";

const { generateKeyPair, sign, zoneResolver } = await load();
const SAMPLES = join(ROOT, "www/analyzer/samples");

async function load() {
  const entry = (name) => import(join(TARGET, "npm", `${name}.js`));
  return { ...(await entry("index")), ...(await entry("zone")) };
}

/** What the page bundles: file, title, story, expected. */
export const samples = JSON.parse(readFileSync(join(SAMPLES, "index.json"), "utf8"));
export const SAMPLE_ZONE = join(SAMPLES, "keys.zone");
export const ZONE = readFileSync(SAMPLE_ZONE, "utf8");
export const samplePath = (name) => join(SAMPLES, `${name}.eml`);
export const sample = (name) => readFileSync(samplePath(name));

/** What a DoH server says that knows the keys of the samples, to be given to `dohServer`. */
export function sampleKeys() {
  const look = zoneResolver(ZONE);
  return async (name) => {
    const { rcode, records, ttl } = await look(name, "TXT", {});
    if (rcode !== "NOERROR" && rcode !== 0) return { rcode: "NXDOMAIN" };
    return { records: records.map(split), ttl: ttl ?? 300 };
  };
}

/** A record's text as strings of at most 255 octets (RFC 1035 §3.3.14). */
function split(strings) {
  const text = strings.map((one) => (typeof one === "string" ? one : Buffer.from(one).toString("latin1"))).join("");
  return text.match(/[^]{1,255}/g) ?? [""];
}

export const DOMAIN = "test.example";
export const SELECTOR = "s1";
export const KEY_NAME = `${SELECTOR}._domainkey.${DOMAIN}`;

let pair;
/** The key of this run: { privateKey, record }. */
export async function key() {
  pair ??= await generateKeyPair({ type: "rsa", bits: 2048 });
  return pair;
}

/** A DoH server's answer that has the key of this run, and nothing else. */
export async function answerWithKey(more = {}) {
  const { record } = await key();
  return (name) => (name === KEY_NAME ? { records: [split([record])], ...more } : { rcode: "NXDOMAIN" });
}

/** The message, signed by `test.example`. Lines may end in LF here. */
export async function signed(text, options = {}) {
  const { privateKey } = await key();
  const input = typeof text === "string" ? Buffer.from(text.replace(/\r?\n/g, "\r\n")) : text;
  const { message } = await sign(input, {
    signatures: [
      { domain: DOMAIN, selector: SELECTOR, key: privateKey, canonicalization: "relaxed/relaxed", ...options },
    ],
    longLines: options.longLines,
  });
  return Buffer.from(message());
}

export const LETTER = `From: Ada <ada@test.example>
To: Bob <bob@post.example>
Subject: Hello
Date: Fri, 20 Nov 2026 10:00:00 +0000
Message-ID: <1@test.example>

Good morning, Bob.
How are you?
`;

/** A letter of so many octets, more or less. */
export function longLetter(octets) {
  const line = `${"The quick brown fox jumps over the lazy dog. ".repeat(2).trimEnd()}\r\n`;
  return Buffer.concat([
    Buffer.from(LETTER.replaceAll("\n", "\r\n")),
    Buffer.alloc(octets, line, "latin1"),
    Buffer.from("\r\n"),
  ]);
}

/** What the native command says of a message: its report. */
export function nativeReport(message, ...args) {
  const program = process.env.WAXSEAL ?? join(TARGET, "debug/waxseal");
  try {
    return JSON.parse(execFileSync(program, ["verify", "--json", ...args, "-"], { input: message, maxBuffer: 1 << 26 }));
  } catch (error) {
    if (!error.stdout?.length) throw error;
    return JSON.parse(error.stdout); // the status says that it does not pass
  }
}
