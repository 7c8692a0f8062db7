import { useMemo, useState } from "preact/hooks";
import type { Signature, TraceStep } from "waxseal";

import { fromBase64 } from "../message/base64.ts";
import type { Verdict } from "../protocol.ts";
import { size } from "../words/lists.ts";
import { judgeSignature } from "../words/verdict.ts";
import { Octets } from "./octets.tsx";
import { SaveButton } from "./save-button.tsx";
import { Shown } from "./shown.tsx";
import { Symbol } from "./symbol.tsx";

/** The trace keeps so much of a canonical body. */
const KEPT = 1 << 20;

const TITLES: Record<TraceStep["step"], string> = {
  parse: "The signature is read",
  canonicalHeader: "The signed header in its canonical form",
  headerHash: "Its hash",
  key: "The key",
  canonicalBody: "The body in its canonical form",
  bodyHash: "Its hash",
  signature: "The signature is checked against the hash of the header",
  policy: "What verifies is accepted or not",
};

/** How a signature was checked, step by step (RFC 6376 §6.1). */
export function Steps({
  index,
  signature,
  verdict,
}: {
  index: number;
  signature: Signature;
  verdict: Verdict;
}) {
  const { tone, label } = judgeSignature(signature, verdict);
  // thousands of octets, each blank a box of its own: made when somebody wants to see them
  const [isWanted, setWanted] = useState(false);
  return (
    <details
      class="steps"
      data-testid="steps"
      onToggle={(event) => setWanted((was) => was || event.currentTarget.open)}
    >
      <summary>
        <Symbol tone={tone} size={18} /> {index + 1}. <Shown text={signature.domain ?? "no domain"} />{" "}
        <span class="hint">
          {label} · {signature.canonicalization.header}/{signature.canonicalization.body}
        </span>
      </summary>
      {isWanted && (
        <ol>
          {signature.trace.map((step, at) => (
            <Step key={at} step={step} signature={signature} />
          ))}
        </ol>
      )}
      {signature.trace.length === 0 && <p class="hint">It was not looked at.</p>}
    </details>
  );
}

function Step({ step, signature }: { step: TraceStep; signature: Signature }) {
  const isOctets = step.step === "canonicalHeader" || step.step === "canonicalBody";
  return (
    <li class={step.ok ? "step" : "step is-wrong"}>
      <h3>
        <span class="step-mark" aria-hidden="true">
          {step.ok ? "✓" : "✗"}
        </span>
        {TITLES[step.step]}
        {!step.ok && <span class="visually-hidden"> (went wrong)</span>}
      </h3>
      {isOctets ? <Canonical step={step} /> : <Told step={step} signature={signature} />}
    </li>
  );
}

function Canonical({ step }: { step: TraceStep }) {
  const octets = useMemo(() => fromBase64(step.detail), [step.detail]);
  const name = step.step === "canonicalHeader" ? "canonical-header" : "canonical-body";
  return (
    <>
      <p class="hint">
        {size(octets.length)}, exactly as hashed
        {octets.length >= KEPT && "; of a longer body the first MiB is shown"}.{" "}
        <SaveButton name={`${name}.txt`} content={() => octets} label="Save these octets" />
      </p>
      <Octets octets={octets} label={TITLES[step.step]} testId={name} />
    </>
  );
}

function Told({ step, signature }: { step: TraceStep; signature: Signature }) {
  if (step.step === "headerHash") return <Digest text={step.detail} label={signature.algorithm} />;
  if (step.step !== "bodyHash") {
    return (
      <p>
        <Shown text={step.detail} />
      </p>
    );
  }
  return (
    <dl class="digests">
      <dt>bh= claims</dt>
      <dd>
        <Digest text={signature.bodyHash.claimed ?? ""} label={null} />
      </dd>
      <dt>computed</dt>
      <dd>
        <Digest text={step.detail} label={null} />
      </dd>
      <dt>so they are</dt>
      <dd>{signature.bodyHash.claimed === step.detail ? "the same" : "different"}</dd>
    </dl>
  );
}

function Digest({ text, label }: { text: string; label: string | null }) {
  return (
    <span class="digest">
      <code>{text}</code>
      {label && <span class="hint"> {label.split("-")[1]}</span>}
    </span>
  );
}
