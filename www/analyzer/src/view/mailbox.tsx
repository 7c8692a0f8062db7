import { useEffect, useRef, useState } from "preact/hooks";

import type { MailboxEntry } from "../protocol.ts";
import { counted, size } from "../words/lists.ts";
import { Shown } from "./shown.tsx";

const STEP = 100;

/** The messages of an mbox file, of which one is to be chosen. */
export function Mailbox({
  mailbox,
  name,
  onChoose,
}: {
  mailbox: MailboxEntry[];
  name: string;
  onChoose: (entry: MailboxEntry) => void;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const [filter, setFilter] = useState("");
  const [limit, setLimit] = useState(STEP);
  const wanted = filter.trim().toLowerCase();
  const found = mailbox.filter((entry) =>
    `${entry.from} ${entry.subject} ${entry.date}`.toLowerCase().includes(wanted),
  );
  return (
    <section class="panel mailbox" aria-labelledby="mailbox-heading" data-testid="mailbox">
      <h1 id="mailbox-heading" ref={heading} tabIndex={-1}>
        Which message?
      </h1>
      <p>
        <Shown text={name} /> holds {counted(mailbox.length, "message")}.
      </p>
      <label>
        Show those with
        <input type="search" value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
      </label>
      <ol>
        {found.slice(0, limit).map((entry) => (
          <li key={entry.start}>
            <button type="button" onClick={() => onChoose(entry)}>
              <strong>
                <Shown text={entry.subject || "(no subject)"} />
              </strong>
              <span>
                <Shown text={entry.from || "(no sender)"} />
              </span>
              <span class="hint">
                <Shown text={entry.date} /> · {size(entry.end - entry.start)}
              </span>
            </button>
          </li>
        ))}
      </ol>
      {found.length === 0 && <p>None of them.</p>}
      {found.length > limit && (
        <button type="button" class="button" onClick={() => setLimit(limit + STEP)}>
          Show {Math.min(STEP, found.length - limit)} more of {found.length - limit}
        </button>
      )}
    </section>
  );
}
