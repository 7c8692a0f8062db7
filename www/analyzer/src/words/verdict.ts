import type { Report, Signature } from "waxseal";
import type { Diagnosis } from "waxseal/diagnose";

import type { Verdict } from "../protocol.ts";
import { coveredParts } from "./covered.ts";
import { domainOf, relation, type Relation } from "./domains.ts";
import { counted, listed } from "./lists.ts";
import { explainReason, type Judgement } from "./reasons.ts";

/** The verdict on one signature. */
export function judgeSignature(signature: Signature, verdict: Verdict): Judgement {
  const { report, extent, now } = verdict;
  if (isUnasked(signature, verdict)) {
    return {
      tone: "unknown",
      label: "Key not looked up",
      sentence: `To tell whether ${signature.domain} really signed this, its key has to be looked up.`,
    };
  }
  if (signature.result === "pass") return passed(signature, report, extent === "whole");
  if (signature.reason === "bodyNotChecked") return headerPassed(signature, report);
  if (signature.reason === null) {
    return { tone: "unknown", label: "Undecided", sentence: signature.explanation };
  }
  return explainReason(signature, signature.reason, now);
}

/** The verdict on the message. */
export function judgeMessage(verdict: Verdict): Judgement {
  const { report } = verdict;
  const malformed = report.warnings.find((warning) => warning.code === "messageMalformed");
  if (malformed && report.result !== "pass") {
    const sentence = `This is no proper message, so nothing about it can be proved. ${malformed.explanation}`;
    return { tone: "bad", label: "Message damaged", sentence };
  }
  const best = bestSignature(verdict);
  if (!best) {
    return {
      tone: "unknown",
      label: "Not signed",
      sentence: "Nobody signed this message: it proves neither who sent it nor that it is unchanged.",
    };
  }
  const judgement = judgeSignature(best, verdict);
  return withDoubts(judgement, best, verdict);
}

/**
 * Of a failing signature of the author's domain, what happened to it, where that is known; null where it is
 * not. This is an explanation, and makes nothing better.
 */
export function explainFailure({ report }: Verdict, diagnosis: Diagnosis | null): string | null {
  if (!diagnosis || diagnosis.repairedReport) return null;
  const explained = diagnosis.signatures.filter(
    ({ header, body }) =>
      header !== "fails" && body !== "fails" && (header === "wouldVerify" || body === "wouldVerify"),
  );
  for (const { index, explanation } of explained) {
    const signature = report.signatures[index];
    if (!signature || toAuthor(signature, report) === "apart") continue;
    return `The signature of ${signature.domain} was broken on the way. ${explanation}`;
  }
  return null;
}

/** The signature that says most: one that passes before others, of the author's domain before others. */
export function bestSignature({ report }: Verdict): Signature | undefined {
  const rank = (signature: Signature) =>
    RESULTS.indexOf(signature.result) * 10 + RELATIONS.indexOf(toAuthor(signature, report));
  return report.signatures.toSorted((a, b) => rank(a) - rank(b))[0];
}

const RESULTS = ["pass", "neutral", "policy", "fail", "temperror", "permerror", "none"];
const RELATIONS: (Relation | "aligned")[] = ["same", "aligned", "above", "below", "apart"];

/** How a signing domain lies to the author's; `aligned` where the DNS said that they belong together. */
export function toAuthor(signature: Signature, report: Report): Relation | "aligned" {
  if (signature.aligned === "strict") return "same";
  if (signature.aligned === "relaxed") return "aligned";
  const authors = report.authors.map(domainOf);
  if (signature.domain === null || authors.length === 0) return "apart";
  // of several authors the one furthest away counts
  const signer = signature.domain;
  const relations = authors.map((author) => (author === null ? "apart" : relation(signer, author)));
  return relations.toSorted((a, b) => RELATIONS.indexOf(b) - RELATIONS.indexOf(a))[0] ?? "apart";
}

/** Whether the key was not looked up because nobody may be asked. */
export function isUnasked(signature: Signature, { lookups }: Verdict): boolean {
  if (signature.reason !== "keyUnavailable") return false;
  const name = `${signature.selector}._domainkey.${signature.domain}`;
  return lookups.some((lookup) => lookup.name === name && lookup.state === "unasked");
}

function passed(signature: Signature, report: Report, isWhole: boolean): Judgement {
  const parts = coveredParts(signature, fieldNames(report), {
    isGiven: isWhole,
    total: report.coverage.body.total,
  });
  const sentence = `${signature.domain} signed ${parts}; nothing of it has changed since.`;
  return { tone: "good", label: "Verified", sentence };
}

function headerPassed(signature: Signature, report: Report): Judgement {
  const parts = coveredParts(signature, fieldNames(report), { isGiven: false, total: 0 });
  return {
    tone: "caution",
    label: "Header verified",
    sentence: `${signature.domain} signed ${parts}; nothing of that has changed since. The text was not given, so it cannot be checked.`,
  };
}

/** What speaks against trusting a good signature, added to what it says. */
function withDoubts(judgement: Judgement, best: Signature, verdict: Verdict): Judgement {
  const { report } = verdict;
  if (best.result !== "pass" && best.reason !== "bodyNotChecked") return withRest(judgement, verdict);
  const doubts: string[] = [];
  let label = judgement.label;
  const author = authorOf(report);
  const near = toAuthor(best, report);
  if (near === "apart") {
    label = "Not signed by the author";
    doubts.push(
      author
        ? `Yet ${author}, which the message claims to come from, has not signed it: who wrote it is not proved.`
        : "Yet the message names no author that this could be compared with.",
    );
  } else if (near === "below") {
    label = "Signed by a part of the domain";
    doubts.push(
      `${best.domain} lies within ${author}, the domain of the author; that both are of one organization was not looked up.`,
    );
  }
  const added = [
    ...new Set(report.warnings.filter(({ code }) => code === "fieldAdded").map(({ field }) => field)),
  ];
  const names = added.filter((field) => field !== null);
  if (names.length > 0) {
    label = "Something was added";
    const what = `${counted(names.length, "field")} (${few(names)})`;
    doubts.push(`But ${what} could have been added after signing.`);
  }
  if (doubts.length === 0) return judgement;
  return { tone: "caution", label, sentence: [judgement.sentence, ...doubts].join(" ") };
}

/** Of several signatures that all go wrong, that there are more. */
function withRest(judgement: Judgement, { report }: Verdict): Judgement {
  const others = report.signatures.length - 1;
  if (others < 1) return judgement;
  const more =
    others === 1
      ? "The other signature does not help either."
      : `Nor do the ${others} other signatures help.`;
  return judgement.tone === "unknown"
    ? judgement
    : { ...judgement, sentence: `${judgement.sentence} ${more}` };
}

function authorOf(report: Report): string | null {
  const domains = [...new Set(report.authors.map(domainOf).filter((domain) => domain !== null))];
  return domains.length > 0 ? few(domains) : null;
}

/** A message may name a thousand. */
function few(items: string[]): string {
  const rest = items.length - MAX_NAMED;
  return listed(rest > 0 ? [...items.slice(0, MAX_NAMED), counted(rest, "other", "others")] : items);
}

const MAX_NAMED = 4;

function fieldNames(report: Report): Set<string> {
  return new Set(report.coverage.fields.map((field) => field.name.toLowerCase()));
}
