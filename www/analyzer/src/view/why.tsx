import type { Change, CopiedField, Finding, SignatureDiagnosis } from "waxseal/diagnose";

import { rowsOf } from "../message/difference.ts";
import { counted } from "../words/lists.ts";
import { Rows } from "./comparison.tsx";
import { Shown } from "./shown.tsx";

const MAX_CHANGES = 20;

/** Why a signature fails: what was tried to restore it, what did, and what the signer's copies say. */
export function Why({ diagnosis }: { diagnosis: SignatureDiagnosis }) {
  const { findings } = diagnosis;
  // one that restores everything is what the sentence above it says
  const isSaid = findings.length === 1 && findings[0]?.restored === true;
  return (
    <section class="why" data-testid="why" aria-label="Why it fails">
      <h4>Why</h4>
      <p class="why-says" data-testid="why-says">
        <Shown text={diagnosis.explanation} />
      </p>
      {findings.map((finding, index) => (
        <FindingOf key={index} finding={finding} isSaid={isSaid} />
      ))}
      {diagnosis.copiedFields.length > 0 && <Copies copies={diagnosis.copiedFields} />}
      {findings.some(({ restored }) => restored) && (
        <p class="hint">This explains the failure. It is no pass: what arrived is not what was signed.</p>
      )}
      {diagnosis.exhausted && (
        <p class="hint">Not everything could be tried, for that would take too long.</p>
      )}
    </section>
  );
}

/** Something that was found out about the message or a signature. */
export function FindingOf({ finding, isSaid = false }: { finding: Finding; isSaid?: boolean }) {
  // the copies of fields are shown apart
  const changes = finding.changes.filter(
    ({ before, after, hypothesis }) => before !== after && hypothesis !== "copiedField",
  );
  return (
    <div
      class={finding.restored ? "finding is-restored" : "finding"}
      data-testid="finding"
      data-hypothesis={finding.hypothesis}
    >
      {!isSaid && (
        <p>
          <Shown text={finding.explanation} />
        </p>
      )}
      {changes.length > 0 && (
        <details>
          <summary>Show what ({counted(finding.changes.length, "place")})</summary>
          {changes.slice(0, MAX_CHANGES).map((change, index) => (
            <ChangeOf key={index} change={change} />
          ))}
          {changes.length > MAX_CHANGES && (
            <p class="hint">
              {counted(changes.length - MAX_CHANGES, "more place", "more places")} of the kind.
            </p>
          )}
        </details>
      )}
    </div>
  );
}

function ChangeOf({ change }: { change: Change }) {
  const place = change.field === null ? `Line ${change.line}` : `${change.field}, line ${change.line}`;
  return (
    <div class="change">
      <p class="hint">
        <Shown text={place} />: what would have to stand there (−), and what does (+)
      </p>
      <Rows {...rowsOf(change.after, change.before)} />
    </div>
  );
}

/** Fields that the signer copied into the signature (`z=`) and that differ now. */
function Copies({ copies }: { copies: CopiedField[] }) {
  return (
    <div class="copies" data-testid="copied-fields">
      <h5>The signer kept copies (z=), and these differ</h5>
      {copies.map((copy, index) => (
        <div key={index} class="change">
          <p class="hint">
            <Shown text={copy.name} />
            {copy.present === null && ": the message has no such field any more"}
          </p>
          <Rows {...rowsOf(copy.copied, copy.present ?? "")} />
        </div>
      ))}
    </div>
  );
}
