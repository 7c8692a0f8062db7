import {
  checkKey,
  parseAuthenticationResults,
  ready,
  verify,
  type Report,
  type Signature,
  type VerifyOptions,
} from "waxseal";

import { envelopeOf } from "../message/envelope.ts";
import { splitHeader } from "../message/fields.ts";
import type { Analysis, Claim, Details, MailboxEntry, Phase, Reply, Source, Verdict } from "../protocol.ts";
import { compare, type Compared } from "./comparison.ts";
import { Answers, KeyDesk } from "./key-desk.ts";
import { holdsSeveral, octetsOf, prepare, type Message } from "./message.ts";
import { listMailbox } from "./mailbox.ts";
import { readTails } from "./tails.ts";

/** What a task tells the page, but for the number of the request. */
export type Tell = (reply: DistributiveOmit<Reply, "id">) => void;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Keys that are checked one by one; a message may carry a hundred signatures. */
const MAX_KEYS = 24;
/** Authentication-Results fields that are read. */
const MAX_CLAIMS = 64;

/** The answers to the last message, so that the same one is not asked for again. */
let answers = new Answers({ kind: "nobody" });
/** The last message, for an original to be compared with. */
let last: Compared | null = null;

/** Lists the messages of a file of several, or analyzes one. */
export async function analyze(analysis: Analysis, signal: AbortSignal, tell: Tell): Promise<void> {
  if (!analysis.range && (await holdsSeveral(octetsOf(analysis.source)))) {
    const entries = await list(analysis, signal, tell);
    const [only, another] = entries;
    // a choice of one is none
    if (only && !another) await analyze({ ...analysis, range: only }, signal, tell);
    else tell({ kind: "mailbox", entries });
    return;
  }
  last = null;
  const message = await prepare(analysis, signal);
  const desk = deskFor(analysis);
  const now = Math.floor(Date.now() / 1000);
  desk.onAsk = () => tellProgress(tell, "keys", desk.lookups.size, 0);
  const options = optionsFor(message, analysis, desk, now, signal);
  const { report, size } = await check(message, options, signal, tell);
  last = { header: message.header, report, resolver: desk.resolver, now };
  tell({ kind: "verdict", verdict: brief(report, message, desk, size, now) });
  tell({ kind: "details", details: await detail(report, message, analysis, desk, size, signal) });
  if (!hasFailed(report)) return;
  tellProgress(tell, "why", 0, 0);
  // a part of its own, which messages that verify do without
  const { diagnose } = await import("waxseal/diagnose");
  // what was told is on its way before the worker goes deaf
  await new Promise((resolve) => setTimeout(resolve));
  signal.throwIfAborted();
  const diagnosis = await diagnose(message.pieces(signal), { ...options, trace: false });
  tell({ kind: "diagnosis", diagnosis });
}

/** Compares an original with the last message, which is `analysis`. */
export async function compareLast(
  analysis: Analysis,
  original: Source,
  signal: AbortSignal,
  tell: Tell,
): Promise<void> {
  // This worker may be new, because the one before did not hear.
  if (!last) await analyze(analysis, signal, () => {});
  if (!last) throw new Error("there is no message to compare it with");
  tell({ kind: "comparison", comparison: await compare(last, original, signal) });
}

async function list(analysis: Analysis, signal: AbortSignal, tell: Tell): Promise<MailboxEntry[]> {
  const octets = octetsOf(analysis.source);
  const file = octets instanceof Blob ? octets : new Blob([octets as Uint8Array<ArrayBuffer>]);
  return listMailbox(file, signal, (done, total) => tellProgress(tell, "mailbox", done, total));
}

function tellProgress(tell: Tell, phase: Phase, done: number, total: number): void {
  tell({ kind: "progress", phase, done, total });
}

function deskFor({ keys }: Analysis): KeyDesk {
  if (JSON.stringify(keys) !== JSON.stringify(answers.source)) answers = new Answers(keys);
  return new KeyDesk(keys, answers);
}

function optionsFor(
  message: Message,
  { keys, time }: Analysis,
  desk: KeyDesk,
  now: number,
  signal: AbortSignal,
): VerifyOptions {
  return {
    resolver: desk.resolver,
    now: time === "received" ? "received" : now,
    headersOnly: message.extent === "header",
    trace: true,
    // Alignment looks up DMARC records, which are no names of keys; a zone may have them.
    alignment: keys.kind === "zone" && /\b_dmarc\b/i.test(keys.text),
    authservId: "waxseal.analyzer",
    signal,
  };
}

async function check(
  message: Message,
  options: VerifyOptions,
  signal: AbortSignal,
  tell: Tell,
): Promise<{ report: Report; size: number }> {
  let size = 0;
  const onPiece = (done: number, total: number) => tellProgress(tell, "message", done, total);
  async function* counted() {
    for await (const piece of message.pieces(signal, onPiece)) {
      size += piece.length;
      yield piece;
    }
  }
  return { report: await verify(counted(), options), size };
}

/** Whether there is something to be explained: a failure that a change of the message can have made. */
function hasFailed({ signatures, warnings }: Report): boolean {
  const isBroken = ({ result, reason }: Signature) => result === "fail" || reason === "bodyLengthTooLong";
  return signatures.some(isBroken) || warnings.some(({ code }) => code === "messageMalformed");
}

/** The verdict without the canonical octets, which are many and seen later. */
function brief(report: Report, message: Message, desk: KeyDesk, size: number, now: number): Verdict {
  const light = (signature: Signature): Signature => ({
    ...signature,
    trace: signature.trace.filter(({ step }) => step !== "canonicalHeader" && step !== "canonicalBody"),
  });
  return {
    report: {
      ...report,
      signatures: report.signatures.map(light),
      arc: {
        ...report.arc,
        sets: report.arc.sets.map((set) => ({
          ...set,
          seal: light(set.seal),
          messageSignature: light(set.messageSignature),
        })),
      },
    },
    envelope: envelopeOf(message.header),
    extent: message.extent,
    notices: message.notices,
    lookups: [...desk.lookups.values()],
    size,
    now,
  };
}

async function detail(
  report: Report,
  message: Message,
  analysis: Analysis,
  desk: KeyDesk,
  size: number,
  signal: AbortSignal,
): Promise<Details> {
  return {
    report,
    header: message.header,
    bodySize: message.body === null ? 0 : size - message.body,
    tails: await readTails(report, message, size, desk.resolver, signal),
    claims: readClaims(message.header),
    sealedClaims: report.arc.sets.map((set) => readResults(set.authenticationResults).results),
    keys: analysis.keys.kind === "nobody" ? {} : await checkKeys(report, desk, signal),
  };
}

/** What the Authentication-Results fields claim (RFC 8601 §2.2). */
function readClaims(header: Uint8Array): Claim[] {
  const claims: Claim[] = [];
  for (const field of splitHeader(header)) {
    if (field.name.toLowerCase() !== "authentication-results") continue;
    if (claims.length === MAX_CLAIMS) break;
    claims.push({ index: field.index, ...readResults(header.slice(field.value, field.end)) });
  }
  return claims;
}

function readResults(value: string | Uint8Array): Omit<Claim, "index"> {
  try {
    return { results: parseAuthenticationResults(value), trouble: null };
  } catch (error) {
    return { results: null, trouble: (error as Error).message };
  }
}

/** Checks each key as its owner would; nothing is asked anew, for the answers are at hand. */
async function checkKeys(report: Report, desk: KeyDesk, signal: AbortSignal): Promise<Details["keys"]> {
  const keys: Details["keys"] = {};
  const sealed = report.arc.sets.flatMap((set) => [set.seal, set.messageSignature]);
  for (const { domain, selector } of [...report.signatures, ...sealed]) {
    const name = `${selector}._domainkey.${domain}`;
    if (domain === null || selector === null || name in keys || !desk.lookups.has(name)) continue;
    if (Object.keys(keys).length === MAX_KEYS) break;
    if (desk.lookups.get(name)?.state === "failed") continue;
    keys[name] = await checkKey({ domain, selector, resolver: desk.resolver, signal });
  }
  return keys;
}

/** Starts the module, so that the first message does not wait for it. */
export async function warmUp(): Promise<void> {
  await ready();
}
