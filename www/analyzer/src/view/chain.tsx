import type { ArcSet, AuthenticationResults } from "waxseal";

import type { Details, Verdict } from "../protocol.ts";
import type { Tone } from "../words/reasons.ts";
import { fromNow, inFull } from "../words/time.ts";
import { ResultTable } from "./claims.tsx";
import { Shown } from "./shown.tsx";
import { Symbol } from "./symbol.tsx";

/** The Authenticated Received Chain, a link for each host that sealed the message. */
export function ArcChain({ verdict, details }: { verdict: Verdict; details: Details | null }) {
  const { arc } = verdict.report;
  if (arc.result === "none") return <p class="hint">No host on the way has sealed the message (ARC).</p>;
  return (
    <div class="arc" data-testid="arc" data-result={arc.result}>
      <p>
        <Symbol tone={toneOf(arc.result, arc.reason)} size={20} /> <Shown text={arc.explanation} />
      </p>
      <p class="hint">
        Each host that sealed the message vouches for what it found when it came. A seal is worth as much as
        the host that made it is trusted.
      </p>
      <ol class="links">
        {arc.sets.map((set, index) => (
          <Link
            key={set.instance}
            set={set}
            claims={details?.sealedClaims[index] ?? null}
            verdict={verdict}
          />
        ))}
      </ol>
    </div>
  );
}

function Link({
  set,
  claims,
  verdict,
}: {
  set: ArcSet;
  claims: AuthenticationResults | null;
  verdict: Verdict;
}) {
  const { seal, messageSignature } = set;
  const tone = toneOf(seal.result, seal.reason);
  const facts: [string, string, string?][] = [
    ["Seal", seal.explanation],
    ["Message", messageSignature.explanation],
    ["Chain before", BEFORE[set.chainValidation] ?? `“${set.chainValidation}”`],
  ];
  if (seal.timestamp !== null)
    facts.push(["Sealed", fromNow(seal.timestamp, verdict.now), inFull(seal.timestamp)]);
  return (
    <li class={`link-of-chain ${tone}`}>
      <h3>
        <Symbol tone={tone} size={18} /> {set.instance}. <Shown text={seal.domain ?? "no domain"} />
      </h3>
      <dl class="facts">
        {facts.map(([name, value, title]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd title={title}>
              <Shown text={value} />
            </dd>
          </div>
        ))}
      </dl>
      {claims && (
        <details>
          <summary>What it found</summary>
          <ResultTable title={claims.authservId ?? "It"} results={claims.results} verdict={verdict} isPast />
        </details>
      )}
    </li>
  );
}

/** `cv=` (RFC 8617 §4.1.3). */
const BEFORE: Record<string, string> = {
  none: "there was none",
  pass: "it was whole",
  fail: "it was broken",
};

function toneOf(result: string, reason: string | null): Tone {
  if (result === "pass") return "good";
  if (reason === "keyUnavailable" || reason === "notEvaluated") return "unknown";
  return result === "neutral" || result === "policy" ? "caution" : "bad";
}
