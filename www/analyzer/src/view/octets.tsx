import { useMemo, useState } from "preact/hooks";

import { octetLines, type Line } from "../message/octet-lines.ts";
import { size } from "../words/lists.ts";

const STEP = 200;

/** Octets as they are: blanks, line ends and what cannot be seen are shown as signs. */
export function Octets({ octets, label, testId }: { octets: Uint8Array; label: string; testId?: string }) {
  const [limit, setLimit] = useState(STEP);
  const { lines, rest } = useMemo(() => octetLines(octets, limit), [octets, limit]);
  return (
    <figure class="octets" data-testid={testId}>
      <div class="octets-lines" role="group" aria-label={label} tabIndex={0}>
        {lines.length === 0 && <span class="hint">empty</span>}
        {lines.map((line, index) => (
          <OctetLine key={index} line={line} />
        ))}
      </div>
      {rest > 0 && (
        <button type="button" class="button quiet" onClick={() => setLimit(limit + STEP * 5)}>
          Show more ({size(rest)} left)
        </button>
      )}
    </figure>
  );
}

function OctetLine({ line }: { line: Line }) {
  return (
    <div class="octets-line">
      {line.map((piece, index) =>
        piece.kind === "text" ? (
          <span key={index}>{piece.text}</span>
        ) : (
          <span key={index} class={`octets-${piece.kind}`} title={piece.name}>
            {piece.text}
          </span>
        ),
      )}
    </div>
  );
}

/** One line of text with its blanks and line end to be seen. */
export function VisibleLine({ text }: { text: string }) {
  const line = useMemo(() => octetLines(new TextEncoder().encode(text), 1).lines[0] ?? [], [text]);
  return <OctetLine line={line} />;
}
