import { useEffect, useRef } from "preact/hooks";

import type { Verdict } from "../protocol.ts";
import type { Session, State } from "../session.ts";
import { counted, size } from "../words/lists.ts";
import { tellNotice } from "../words/notices.ts";
import { judgeMessage } from "../words/verdict.ts";
import { KeyChoice } from "./key-choice.tsx";
import { Shown } from "./shown.tsx";
import { SignatureCard } from "./signature-card.tsx";
import { Symbol } from "./symbol.tsx";

/** What was found out about the message at hand. */
export function Result({ state, verdict, session }: { state: State; verdict: Verdict; session: Session }) {
  const { report, notices, lookups } = verdict;
  const unasked = lookups.filter((lookup) => lookup.state === "unasked").map(({ name }) => name);
  return (
    <div class="result">
      <Envelope state={state} verdict={verdict} session={session} />
      <Headline verdict={verdict} />
      {notices.length > 0 && (
        <ul class="notices" data-testid="notices">
          {notices.map((notice) => (
            <li key={notice.code}>{tellNotice(notice)}</li>
          ))}
        </ul>
      )}
      {unasked.length > 0 && (
        <section class="panel ask" aria-labelledby="ask-heading" data-testid="ask">
          <h2 id="ask-heading">
            {unasked.length === 1 ? "A key is needed" : `${counted(unasked.length, "key")} are needed`}
          </h2>
          <p>To check this message, these names have to be looked up in the DNS. Nothing else is asked for.</p>
          <ul class="names">
            {unasked.map((name) => (
              <li key={name}>
                <code>
                  <Shown text={name} />
                </code>
              </li>
            ))}
          </ul>
          <KeyChoice keys={state.keys} names={unasked} onChoose={(keys) => session.setKeys(keys)} />
        </section>
      )}
      <section aria-labelledby="signatures-heading">
        <h2 id="signatures-heading">
          {report.signatures.length === 0 ? "Signatures" : counted(report.signatures.length, "signature")}
        </h2>
        {report.signatures.length === 0 && <p>The message carries no DKIM signature.</p>}
        <div class="cards">
          {report.signatures.map((signature, index) => (
            <SignatureCard key={index} index={index} signature={signature} verdict={verdict} />
          ))}
        </div>
      </section>
    </div>
  );
}

/** Which message this is. */
function Envelope({ state, verdict, session }: { state: State; verdict: Verdict; session: Session }) {
  const { display } = verdict.report;
  return (
    <section class="envelope" aria-label="The message">
      <p class="envelope-name">
        <Shown text={state.given?.name ?? ""} /> · {size(verdict.size)}
        {state.mailbox && (
          <button type="button" class="link" onClick={() => session.backToMailbox()}>
            All messages of the file
          </button>
        )}
      </p>
      <dl>
        {(["from", "to", "subject", "date"] as const).map((name) => (
          <div key={name}>
            <dt>{NAMES[name]}</dt>
            <dd>{display[name] === null ? <span class="hint">none</span> : <Shown text={display[name]} />}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const NAMES = { from: "From", to: "To", subject: "Subject", date: "Date" };

/** The verdict in one sentence; the page's focus goes there when it comes. */
function Headline({ verdict }: { verdict: Verdict }) {
  const { tone, label, sentence } = judgeMessage(verdict);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [verdict]);
  return (
    <section class={`headline ${tone}`} data-testid="verdict" data-tone={tone}>
      <Symbol tone={tone} size={56} />
      <div>
        <p class="label" data-testid="verdict-label">
          {label}
        </p>
        <h1 ref={heading} tabIndex={-1} data-testid="verdict-sentence">
          <Shown text={sentence} />
        </h1>
      </div>
    </section>
  );
}
