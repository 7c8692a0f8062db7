import { useState } from "preact/hooks";

import type { Comparison, Difference, DifferenceRow, SignatureComparison } from "../protocol.ts";
import type { Session, State } from "../session.ts";
import { counted } from "../words/lists.ts";
import { VisibleLine } from "./octets.tsx";
import { Shown } from "./shown.tsx";
import { Symbol } from "./symbol.tsx";

/** A second message, as it was sent, to see what was changed since. */
export function CompareWithOriginal({ state, session }: { state: State; session: Session }) {
  const [text, setText] = useState("");
  return (
    <details class="compare" data-testid="compare">
      <summary>Compare with the original</summary>
      <p class="hint">
        Do you have the message as it was sent, for instance from the sent mail? It may lack the signatures.
        What they were made over is then compared with what arrived.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          session.compare({ kind: "text", text });
        }}
      >
        <label for="original">The original in source form</label>
        <textarea
          id="original"
          rows={5}
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          data-testid="original"
        />
        <div class="intake-actions">
          <button type="submit" class="button" disabled={text.trim() === ""} data-testid="compare-text">
            Compare
          </button>
          <label class="file-label">
            or open it{" "}
            <input
              type="file"
              accept=".eml,.txt,message/rfc822,text/plain"
              data-testid="original-file"
              onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                event.currentTarget.value = "";
                if (file) session.compare({ kind: "file", file, name: file.name });
              }}
            />
          </label>
        </div>
      </form>
      <div aria-live="polite">{state.comparison && <Compared comparison={state.comparison} />}</div>
    </details>
  );
}

function Compared({ comparison }: { comparison: Comparison }) {
  return (
    <div class="compared" data-testid="comparison">
      {comparison.signatures.length === 0 && <p>There is no DKIM signature to try on it.</p>}
      {comparison.signatures.map((one) => (
        <section key={one.index} aria-label={`Signature ${one.index + 1} on the original`}>
          <h3>
            <Symbol tone={one.isOpen ? "unknown" : one.verifies ? "good" : "bad"} size={20} />{" "}
            <Shown text={saysOriginal(one)} />
          </h3>
          <Part title="Header" difference={one.header} />
          <Part title="Body" difference={one.body} />
        </section>
      ))}
    </div>
  );
}

function saysOriginal({ index, domain, verifies, isOpen }: SignatureComparison): string {
  const name = `Signature ${index + 1} (${domain ?? "no domain"})`;
  if (isOpen) return `${name} cannot be checked without a usable key.`;
  return verifies
    ? `${name} verifies on this original: it is what was signed.`
    : `${name} does not verify on this original either.`;
}

function Part({ title, difference }: { title: string; difference: Difference | null }) {
  if (!difference) return null;
  return (
    <div class="difference">
      <h4>{title}</h4>
      {difference.isSame ? (
        <p class="hint">The same, octet for octet, as it is hashed.</p>
      ) : (
        <>
          <dl class="digests">
            <dt>original</dt>
            <dd>
              <code>{difference.original ?? "not hashed"}</code>
            </dd>
            <dt>arrived</dt>
            <dd>
              <code>{difference.now ?? "not hashed"}</code>
            </dd>
          </dl>
          <Rows rows={difference.rows} isCut={difference.isCut} />
        </>
      )}
    </div>
  );
}

/** What differs, line by line; − what was there, + what is there now. */
export function Rows({ rows, isCut }: { rows: DifferenceRow[]; isCut: boolean }) {
  return (
    <>
      <div class="diff" role="group" aria-label="What differs" tabIndex={0}>
        {rows.map((row, index) => (
          <Row key={index} row={row} />
        ))}
      </div>
      {isCut && <p class="hint">There is more that differs than can be shown.</p>}
    </>
  );
}

function Row({ row }: { row: DifferenceRow }) {
  if (row.kind === "skipped") return <div class="diff-skipped">{counted(row.lines, "line")} the same</div>;
  if (row.kind === "same") {
    return (
      <div class="diff-line">
        <VisibleLine text={row.text} />
      </div>
    );
  }
  const Tag = row.kind === "removed" ? "del" : "ins";
  return (
    <Tag class={`diff-line diff-${row.kind}`}>
      <span class="visually-hidden">{row.kind === "removed" ? "was: " : "now: "}</span>
      {row.pieces.map((piece, index) =>
        piece.isChanged ? (
          <mark key={index}>
            <VisibleLine text={piece.text} />
          </mark>
        ) : (
          <VisibleLine key={index} text={piece.text} />
        ),
      )}
    </Tag>
  );
}
