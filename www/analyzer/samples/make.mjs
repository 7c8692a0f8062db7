#!/usr/bin/env node
// Makes the samples of the analyzer anew: the messages, the zone with their keys, and the index.
//   www/analyzer/samples/make.mjs     needs target/release/waxseal and target/npm
// What is made is committed. The private keys are new each time and thrown away, so that nobody can
// sign more in these names. Every message is verified before it is written.
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, sign as signWithKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import * as letters from "./letters.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = join(HERE, "../../..");
const WAXSEAL = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release/waxseal");
const { sign } = await import(new URL("../../../target/npm/index.js", import.meta.url).href);

const scratch = mkdtempSync(join(tmpdir(), "waxseal-samples-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

const zone = [
  "; The public keys of the analyzer's samples, made with them by make.mjs. The private ones are gone.",
  "$TTL 3600",
];
const samples = [];

const crlf = (text) => text.replaceAll("\n", "\r\n");

function waxseal(args, input) {
  return execFileSync(WAXSEAL, args, { input, maxBuffer: 1 << 24, stdio: ["pipe", "pipe", "inherit"] });
}

/** A new key whose public half is in the zone. */
function newKey(domain, selector, type = "rsa") {
  const file = join(scratch, `${selector}.${domain}.pem`);
  const entry = waxseal(["genkey", "--type", type, "--domain", domain, "--selector", selector, file]);
  zone.push(...String(entry).trimEnd().split("\n").filter((line) => !line.startsWith(";")));
  return { domain, selector, file };
}

/** The message with a signature of each of the keys in front. */
function signed(letter, at, keys, ...more) {
  const groups = keys.flatMap((key) => ["--domain", key.domain, "--selector", key.selector, "--key", key.file]);
  return waxseal(["sign", "--at", at, ...groups, ...more], crlf(letter)).toString("latin1");
}

/** What the hosts on the way put on top, the last one first. */
const onTop = (message, ...fields) => crlf(fields.map((field) => `${field}\n`).join("")) + message;

/** The message with one thing changed, which must be there. */
function changed(message, from, to) {
  if (!message.includes(from)) throw new Error(`nothing to change: ${from}`);
  return message.replace(from, to);
}

function add(name, title, story, expected, message) {
  samples.push({ file: `${name}.eml`, title, story, expected });
  writeFileSync(join(HERE, `${name}.eml`), message, "latin1");
}

const pass = (domain) => ({ domain, result: "pass", reason: null });
const bad = (domain, result, reason) => ({ domain, result, reason });

// ---

const bakery = newKey("baeckerei.example", "nov26");

add(
  "pass",
  "Untouched",
  "An order confirmation that arrived as it was sent: its one signature covers the header that a reader sees and the whole body.",
  { result: "pass", aligned: "strict", signatures: [pass("baeckerei.example")] },
  onTop(
    signed(letters.order, "2026-11-16T08:14:03Z", [bakery], "-c", "relaxed/relaxed"),
    ...letters.orderRoute,
  ),
);

const office = newKey("steuerbuero.example", "mail1");

add(
  "modified-body",
  "Body changed on the way",
  "An invoice in which somebody replaced the account number after it was signed. An Authentication-Results field inside still claims that all is well.",
  {
    result: "fail",
    aligned: "none",
    signatures: [bad("steuerbuero.example", "fail", "bodyHashMismatch")],
  },
  onTop(
    changed(
      signed(letters.invoice, "2026-11-12T13:05:40Z", [office], "-c", "relaxed/simple"),
      "DE02 1203 0000 0000 2020 51",
      "DE75 5121 0800 1245 1261 99",
    ),
    ...letters.invoiceRoute,
  ),
);

const bulk = newKey("bulkmailer.example", "k7");

add(
  "forged-author",
  "Author forged",
  "A signature that verifies, by a domain that has nothing to do with the address in From: it proves who sent it, and that is not the help desk.",
  { result: "pass", aligned: "none", signatures: [pass("bulkmailer.example")] },
  onTop(
    signed(letters.helpdesk, "2026-11-18T22:47:11Z", [bulk], "-c", "relaxed/relaxed", "--identity", "@bulkmailer.example"),
    ...letters.helpdeskRoute,
  ),
);

const member = newKey("gartenfreunde.example", "s1");
const list = newKey("lists.verein.example", "arc1");

/** As list software does it: a tag in the subject, a footer below, a signature and a seal of its own. */
function throughTheList() {
  const sent = signed(letters.garden, "2026-11-14T09:30:22Z", [member], "-c", "relaxed/relaxed");
  const tagged = changed(sent, "Subject: ", "Subject: [garden] ");
  const distributed = onTop(tagged + crlf(letters.gardenFooter), ...letters.gardenListFields);
  const resigned = waxseal(
    ["sign", "--at", "2026-11-14T09:31:07Z", "--domain", list.domain, "--selector", list.selector,
      "--key", list.file, "-c", "relaxed/relaxed"],
    Buffer.from(distributed, "latin1"),
  );
  const sealed = waxseal(
    ["seal", "--at", "2026-11-14T09:31:07Z", "--domain", list.domain, "--selector", list.selector,
      "--key", list.file, "--results",
      "mx.verein.example; dkim=pass header.d=gartenfreunde.example header.s=s1; spf=pass smtp.mailfrom=gartenfreunde.example"],
    resigned,
  );
  return onTop(sealed.toString("latin1"), ...letters.gardenRoute);
}

add(
  "mailing-list",
  "Through a mailing list",
  "The list put a tag into the subject and a footer below the text, which broke the author's signature; it added a signature and an ARC seal of its own.",
  {
    result: "pass",
    aligned: "none",
    arc: "pass",
    signatures: [pass("lists.verein.example"), bad("gartenfreunde.example", "fail", "bodyHashMismatch")],
  },
  throughTheList(),
);

const shop = newKey("tickets.example", "2025q4");

add(
  "expired",
  "Expired",
  "A ticket whose signature was good for one week, looked at much later: nothing has changed, but the signer no longer vouches for it.",
  { result: "policy", aligned: "none", signatures: [bad("tickets.example", "policy", "expired")] },
  onTop(
    signed(letters.ticket, "2025-11-03T17:20:00Z", [shop], "-c", "relaxed/relaxed", "--ttl", "7d"),
    ...letters.ticketRoute,
  ),
);

const newsRsa = newKey("news.example", "rsa2026");
const newsEd = newKey("news.example", "ed2026", "ed25519");

add(
  "ed25519",
  "Two signatures, one Ed25519",
  "Signed twice by the same domain (RFC 8463): short and modern with Ed25519, and with RSA for receivers that know nothing else.",
  {
    result: "pass",
    aligned: "strict",
    signatures: [pass("news.example"), pass("news.example")],
  },
  onTop(
    signed(letters.news, "2026-11-20T05:00:09Z", [newsEd, newsRsa], "-c", "relaxed/relaxed"),
    ...letters.newsRoute,
  ),
);

add(
  "weak-key",
  "Key too short",
  "Signed with an RSA key of 512 bits, which anyone can break for the price of a lunch: such a signature counts for nothing.",
  { result: "permerror", aligned: "none", signatures: [bad("oldserver.example", "permerror", "keyTooSmall")] },
  onTop(await weaklySigned(), ...letters.backupRoute),
);

/**
 * Command and package refuse such keys, and what they sign. So a signature of the right length is made
 * first, and the weak one over the same input put in its place: nothing of b= is signed (RFC 6376 §3.7).
 */
async function weaklySigned() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 512 });
  const base64 = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  zone.push(`mail._domainkey.oldserver.example.\tIN TXT "v=DKIM1; k=rsa; p=${base64}"`);
  let weak;
  const key = {
    algorithm: "rsa-sha256",
    sign: (data) => {
      weak = signWithKey("sha256", data, privateKey);
      return new Uint8Array(128);
    },
  };
  const { header } = await sign(crlf(letters.backup), {
    signatures: [{ domain: "oldserver.example", selector: "mail", key, canonicalization: "simple/simple" }],
    now: Date.UTC(2026, 10, 21, 2, 15, 4) / 1000,
  });
  return header.replace(/ b=A+[^]*$/, ` b=${weak.toString("base64")}\r\n`) + crlf(letters.backup);
}

const agency = newKey("reisen.example", "web");
const trip = crlf(letters.trip);
const tripBody = trip.slice(trip.indexOf("\r\n\r\n") + 4);

add(
  "length-append",
  "Text appended below a length limit",
  "The signature covers only the first part of the body (l=). Somebody appended a paragraph with a link, and the signature still verifies.",
  { result: "policy", aligned: "none", signatures: [bad("reisen.example", "policy", "bodyNotWholeSigned")] },
  onTop(
    signed(letters.trip, "2026-11-10T11:02:51Z", [agency], "-c", "relaxed/simple", "--body-length", `${tripBody.length}`) +
      crlf(letters.tripAppended),
    ...letters.tripRoute,
  ),
);

const club = newKey("chess.example", "m1");

add(
  "copied-fields",
  "Subject changed, with the original kept",
  "The signer copied the fields it signed into the signature (z=). The subject was changed afterwards: the copy tells what it was.",
  { result: "fail", aligned: "none", signatures: [bad("chess.example", "fail", "signatureMismatch")] },
  onTop(
    changed(
      signed(letters.chess, "2026-11-17T18:40:00Z", [club], "-c", "relaxed/relaxed", "--copy-headers"),
      "Subject: Round 4 is on Thursday",
      "Subject: Round 4 is on Friday",
    ),
    ...letters.chessRoute,
  ),
);

const library = newKey("library.example", "gone");
// The record itself is not published: its name is an alias that leads back to itself.
zone.splice(zone.findIndex((line) => line.startsWith("gone._domainkey.library.example.")));
zone.push(
  "gone._domainkey.library.example.\tIN CNAME gone.dkim.hosting.example.",
  "gone.dkim.hosting.example.\tIN CNAME gone._domainkey.library.example.",
);

add(
  "dns-trouble",
  "Key out of reach",
  "The name of the key is an alias that leads in a circle, a mistake in the DNS: nothing can be said about the signature until it is mended.",
  { result: "temperror", aligned: "none", signatures: [bad("library.example", "temperror", "keyUnavailable")] },
  onTop(
    signed(letters.library, "2026-11-19T07:00:30Z", [library], "-c", "relaxed/relaxed"),
    ...letters.libraryRoute,
  ),
);

// ---

writeFileSync(join(HERE, "keys.zone"), `${zone.join("\n")}\n`);
writeFileSync(join(HERE, "index.json"), `${JSON.stringify(samples, null, 2)}\n`);

for (const { file, expected } of samples) {
  const report = check(file);
  const found = {
    result: report.result,
    aligned: report.alignment.dkim,
    ...(report.arc.result === "none" ? {} : { arc: report.arc.result }),
    signatures: report.signatures.map(({ domain, result, reason }) => ({ domain, result, reason })),
  };
  console.log(`${file}: ${found.result}`, readFileSync(join(HERE, file)).length, "octets");
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`${file} is not what it should be: ${JSON.stringify(found, null, 2)}`);
  }
}

function check(file) {
  const args = ["verify", "--zone", join(HERE, "keys.zone"), "--no-alignment", "--json", join(HERE, file)];
  try {
    return JSON.parse(waxseal(args));
  } catch (error) {
    if (error.status === undefined) throw error;
    return JSON.parse(error.stdout); // its status says that the message does not pass
  }
}
