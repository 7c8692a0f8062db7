import type { Signature } from "waxseal";
import type { SignatureDiagnosis } from "waxseal/diagnose";

import type { Verdict } from "../protocol.ts";
import { number } from "../words/lists.ts";
import { fromNow, inFull } from "../words/time.ts";
import { judgeSignature, toAuthor } from "../words/verdict.ts";
import { Shown } from "./shown.tsx";
import { Symbol } from "./symbol.tsx";
import { Why } from "./why.tsx";

/** What one signature is worth, and what it says of itself. */
export function SignatureCard({
  index,
  signature,
  verdict,
  why,
}: {
  index: number;
  signature: Signature;
  verdict: Verdict;
  why: SignatureDiagnosis | null;
}) {
  const { tone, label, sentence } = judgeSignature(signature, verdict);
  const id = `signature-${index}`;
  return (
    <article
      class={`card ${tone}`}
      aria-labelledby={id}
      data-testid="signature"
      data-result={signature.result}
    >
      <header class="card-head">
        <Symbol tone={tone} size={32} />
        <div>
          <h3 id={id}>
            <Shown text={signature.domain ?? "No domain"} />
          </h3>
          <p class="label">
            {verdict.report.signatures.length > 1 && `${index + 1} · `}
            {label}
          </p>
        </div>
      </header>
      <p class="card-sentence">
        <Shown text={sentence} />
      </p>
      {why && <Why diagnosis={why} />}
      <dl class="facts">
        {facts(signature, verdict).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Shown text={value} />
            </dd>
          </div>
        ))}
      </dl>
      {signature.warnings.length > 0 && (
        <ul class="warnings">
          {signature.warnings.map((warning) => (
            <li key={warning.code}>
              <Shown text={warning.explanation} />
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

function facts(signature: Signature, verdict: Verdict): [string, string][] {
  const { now, report } = verdict;
  const { timestamp, expires, key } = signature;
  const all: [string, string | null][] = [
    ["Result", signature.reason === null ? signature.result : `${signature.result} (${signature.reason})`],
    ["Selector", signature.selector],
    ["Signs as", signature.identity],
    ["Author", ALIGNED[toAuthor(signature, report)]],
    ["Method", signature.algorithm],
    ["Key", key?.bits ? `${key.type === "rsa" ? "RSA" : "Ed25519"}, ${number(key.bits)} bits` : null],
    ["Signed", timestamp === null ? "time not told" : `${fromNow(timestamp, now)} (${inFull(timestamp)})`],
    ["Expires", expires === null ? "never" : `${fromNow(expires, now)} (${inFull(expires)})`],
    ["Kind", signature.protocol === "dkim" ? null : "DomainKeys, the historic forerunner of DKIM"],
  ];
  return all.filter((fact): fact is [string, string] => fact[1] !== null);
}

const ALIGNED = {
  same: "same domain as the author",
  aligned: "same organization as the author",
  above: "the author's domain is part of this one",
  below: "part of the author's domain",
  apart: "another domain than the author's",
};
