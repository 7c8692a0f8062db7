import { useEffect, useRef, useState } from "preact/hooks";
import type { Diagnosis } from "waxseal/diagnose";

import type { Verdict } from "../protocol.ts";
import type { Session, State } from "../session.ts";
import { counted, shortened, size } from "../words/lists.ts";
import { tellNotice } from "../words/notices.ts";
import { inFull } from "../words/time.ts";
import { explainFailure, judgeMessage } from "../words/verdict.ts";
import { BodyBar } from "./body-bar.tsx";
import { ArcChain } from "./chain.tsx";
import { Claims } from "./claims.tsx";
import { CompareWithOriginal } from "./comparison.tsx";
import { Export } from "./export.tsx";
import { HeaderTable } from "./header-table.tsx";
import { KeyChoice } from "./key-choice.tsx";
import { Keys } from "./keys.tsx";
import { Section, type Topic } from "./section.tsx";
import { Settings } from "./settings.tsx";
import { Shown } from "./shown.tsx";
import { SignatureCard } from "./signature-card.tsx";
import { Steps } from "./steps.tsx";
import { Symbol } from "./symbol.tsx";
import { Way } from "./way.tsx";
import { FindingOf } from "./why.tsx";

/** Cards that are shown; a message may carry a thousand signatures. */
const MAX_CARDS = 20;

/** Of what a field says. */
const MAX_SHOWN = 240;

/** What was found out about the message at hand. */
export function Result({ state, verdict, session }: { state: State; verdict: Verdict; session: Session }) {
  const { report } = verdict;
  const { details, diagnosis } = state;
  // The verdict is on the screen before the rest is worked on: effects come after the paint.
  const [isPainted, setPainted] = useState(false);
  useEffect(() => setPainted(true), []);
  const signatures = report.signatures.slice(0, MAX_CARDS);
  const topics: Topic[] = [
    {
      id: "signatures",
      title: report.signatures.length === 0 ? "Signatures" : counted(report.signatures.length, "signature"),
      short: "Signatures",
      content: () => (
        <>
          {signatures.length === 0 && <p>The message carries no DKIM signature.</p>}
          <div class="cards">
            {signatures.map((signature, index) => (
              <SignatureCard
                key={index}
                index={index}
                signature={signature}
                verdict={verdict}
                why={
                  (!diagnosis?.repairedReport && diagnosis?.signatures.find((one) => one.index === index)) ||
                  null
                }
              />
            ))}
          </div>
          {report.signatures.length > MAX_CARDS && (
            <p class="hint">
              {counted(report.signatures.length - MAX_CARDS, "more signature", "more signatures")} not shown;
              the JSON has them all.
            </p>
          )}
        </>
      ),
    },
    {
      id: "header",
      title: "What of the header is signed",
      short: "Header",
      content: () => details && <HeaderTable details={details} verdict={verdict} />,
    },
    {
      id: "body",
      title: "What of the body is signed",
      short: "Body",
      content: () => <BodyBar verdict={verdict} details={details} />,
    },
    {
      id: "hashes",
      title: "How it was checked",
      short: "Steps",
      content: () =>
        details && (
          <>
            {details.report.signatures.slice(0, MAX_CARDS).map((signature, index) => (
              <Steps key={index} index={index} signature={signature} verdict={verdict} />
            ))}
            <CompareWithOriginal state={state} session={session} />
          </>
        ),
    },
    { id: "keys", title: "Keys", short: "Keys", content: () => <Keys verdict={verdict} details={details} /> },
    {
      id: "claims",
      title: "What others claim",
      short: "Claims",
      content: () => details && <Claims details={details} verdict={verdict} />,
    },
    {
      id: "chain",
      title: "Chain of seals (ARC)",
      short: "ARC",
      content: () => <ArcChain verdict={verdict} details={details} />,
    },
    { id: "way", title: "The way here", short: "Way", content: () => details && <Way details={details} /> },
    {
      id: "settings",
      title: "What was asked, and how it is judged",
      short: "Lookups",
      content: () => <Settings state={state} verdict={verdict} session={session} />,
    },
    {
      id: "export",
      title: "Take it along",
      short: "Export",
      content: () => <Export verdict={verdict} details={details} />,
    },
  ];
  return (
    <div class="result">
      <Envelope state={state} verdict={verdict} session={session} />
      <Headline verdict={verdict} diagnosis={diagnosis} />
      <Notices verdict={verdict} diagnosis={diagnosis} />
      <Ask state={state} verdict={verdict} session={session} />
      <Unanswered verdict={verdict} session={session} />
      {isPainted && (
        <div class="report">
          <Contents topics={topics} />
          <div class="topics">
            {topics.map((topic) => (
              <Section key={topic.id} topic={topic} />
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

/** What was noticed about the text, and damage that the diagnosis found. */
function Notices({ verdict, diagnosis }: { verdict: Verdict; diagnosis: Diagnosis | null }) {
  const damage = diagnosis?.message ?? [];
  // the diagnosis says more about it
  const isTold = (code: string) =>
    code === "blanksTrimmed" && damage.some((one) => one.hypothesis === "trimmedBlanks");
  const notices = verdict.notices.filter(({ code }) => !isTold(code));
  const repaired = diagnosis?.repairedReport;
  return (
    <>
      {notices.length > 0 && (
        <ul class="notices" data-testid="notices">
          {notices.map((notice, index) => (
            <li key={index}>{tellNotice(notice)}</li>
          ))}
        </ul>
      )}
      {damage.length > 0 && (
        <div class="damage" data-testid="damage">
          {damage.map((finding, index) => (
            <FindingOf key={index} finding={finding} />
          ))}
          {repaired && (
            <p class="finding" data-testid="repaired">
              With that repaired it would say:{" "}
              <Shown text={judgeMessage({ ...verdict, report: repaired }).sentence} /> This is an explanation
              and no pass.
            </p>
          )}
        </div>
      )}
    </>
  );
}

/** What a server did not answer, which it may yet do. */
function Unanswered({ verdict, session }: { verdict: Verdict; session: Session }) {
  const failed = verdict.lookups.filter(({ state, server }) => state === "failed" && server !== null);
  if (failed.length === 0) return null;
  return (
    <section class="panel ask" aria-labelledby="unanswered-heading" data-testid="unanswered">
      <h2 id="unanswered-heading">No answer from the DNS</h2>
      <ul class="names">
        {failed.map(({ name, server, trouble }) => (
          <li key={name}>
            <code>
              <Shown text={name} />
            </code>{" "}
            <span class="hint">
              of {server}: <Shown text={trouble ?? "no answer"} />
            </span>
          </li>
        ))}
      </ul>
      <p>That says nothing about the message. It may work now, or with another server.</p>
      <button type="button" class="button primary" onClick={() => session.again()} data-testid="ask-again">
        Ask again
      </button>
    </section>
  );
}

function Contents({ topics }: { topics: Topic[] }) {
  return (
    <nav class="contents" aria-label="Parts of the result">
      <ul>
        {topics.map((topic) => (
          <li key={topic.id}>
            <a href={`#${topic.id}`}>{topic.short ?? topic.title}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Asks whom to ask for keys, where nobody may be asked yet. */
function Ask({ state, verdict, session }: { state: State; verdict: Verdict; session: Session }) {
  const names = verdict.lookups.filter((lookup) => lookup.state === "unasked").map(({ name }) => name);
  if (names.length === 0) return null;
  return (
    <section class="panel ask" aria-labelledby="ask-heading" data-testid="ask">
      <h2 id="ask-heading">
        {names.length === 1 ? "A key is needed" : `${counted(names.length, "key")} are needed`}
      </h2>
      <p>
        To check this message, {names.length === 1 ? "this name has" : "these names have"} to be looked up in
        the DNS. Nothing else is asked for.
      </p>
      <ul class="names">
        {names.map((name) => (
          <li key={name}>
            <code>
              <Shown text={name} />
            </code>
          </li>
        ))}
      </ul>
      <KeyChoice keys={state.keys} names={names} onChoose={(keys) => session.setKeys(keys)} />
    </section>
  );
}

/** Which message this is. */
function Envelope({ state, verdict, session }: { state: State; verdict: Verdict; session: Session }) {
  const { envelope } = verdict;
  return (
    <section class="envelope" aria-label="The message">
      <p class="envelope-name">
        <Shown text={state.given?.name ?? ""} /> · {size(verdict.size)}
        {" · "}
        <a href="#settings">{tellKeys(state)}</a>
        <span class="only-on-paper"> · checked on {inFull(verdict.now)}</span>
        {state.mailbox && (
          <>
            {" · "}
            <button
              type="button"
              class="link"
              onClick={() => session.backToMailbox()}
              data-testid="all-messages"
            >
              All messages of the file
            </button>
          </>
        )}
      </p>
      <dl>
        {(["subject", "from", "to", "date"] as const).map((name) => (
          <div key={name} class={`envelope-${name}`}>
            <dt>{NAMES[name]}</dt>
            <dd>
              {envelope[name] === null ? (
                <span class="hint">none</span>
              ) : (
                <Shown text={shortened(envelope[name], MAX_SHOWN)} />
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Whom the keys are of, in few words; the section that it leads to says more. */
function tellKeys({ given, keys: chosen }: State): string {
  if (given?.keys) return "keys of the sample";
  if (chosen.kind === "nobody") return "nobody asked for keys";
  return chosen.kind === "doh" ? `keys asked of ${new URL(chosen.url).host}` : "keys from the records given";
}

const NAMES = { from: "From", to: "To", subject: "Subject", date: "Date" };

/** The verdict in one sentence; the page's focus goes there when it comes. */
function Headline({ verdict, diagnosis }: { verdict: Verdict; diagnosis: Diagnosis | null }) {
  const { tone, label, sentence } = judgeMessage(verdict);
  const why = tone === "good" ? null : explainFailure(verdict, diagnosis);
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
        {why && (
          <p class="headline-why" data-testid="verdict-why">
            <Shown text={why} />
          </p>
        )}
      </div>
    </section>
  );
}
