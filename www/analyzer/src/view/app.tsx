import { useEffect, useState } from "preact/hooks";

import type { Session, State } from "../session.ts";
import { counted } from "../words/lists.ts";
import { judgeMessage } from "../words/verdict.ts";
import { Intake } from "./intake.tsx";
import { KeyChoice } from "./key-choice.tsx";
import { Mailbox } from "./mailbox.tsx";
import { Privacy } from "./privacy.tsx";
import { DOING, Progress } from "./progress.tsx";
import { Result } from "./result.tsx";
import { Samples } from "./sample-list.tsx";
import { useDrop, usePaste } from "./use-arrivals.ts";

/** The page. */
export function App({ session }: { session: Session }) {
  const [state, setState] = useState(session.state);
  useEffect(() => session.subscribe(setState), [session]);
  const isDragging = useDrop((file) => session.open(file));
  usePaste((text) => session.paste(text));
  const status = statusOf(state);
  useEffect(() => {
    document.title = state.verdict ? `${status} · waxseal analyzer` : TITLE;
  }, [status]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Masthead state={state} session={session} />
      <main id="main" tabIndex={-1} class={isDragging ? "is-dragging" : ""}>
        {state.given ? <Work state={state} session={session} /> : <Start state={state} session={session} />}
      </main>
      <p class="visually-hidden" role="status" data-testid="status">
        {status}
      </p>
      <Foot />
    </>
  );
}

const TITLE = document.title;

/** What a screen reader is told, in few words. */
function statusOf({ progress, verdict, mailbox, given }: State): string {
  if (progress) return DOING[progress.phase];
  if (verdict) return judgeMessage(verdict).label;
  return mailbox && given ? `${counted(mailbox.length, "message")} to choose from` : "";
}

interface Props {
  state: State;
  session: Session;
}

function Masthead({ state, session }: Props) {
  return (
    <header class="masthead">
      <div class="masthead-inner">
        <a class="brand" href="./">
          <img src="./icon.svg" alt="" width="28" height="28" />
          <span>
            waxseal <span class="brand-part">analyzer</span>
          </span>
        </a>
        {state.given && (
          <button
            type="button"
            class="button quiet"
            onClick={() => startAnew(session)}
            data-testid="new-message"
          >
            Another message
          </button>
        )}
      </div>
    </header>
  );
}

/** Forgets the message, and goes where the next one comes in. */
function startAnew(session: Session): void {
  session.clear();
  requestAnimationFrame(() => document.getElementById("message")?.focus());
}

function Start({ state, session }: Props) {
  return (
    <div class="start">
      <div class="intro">
        <h1>What does this message prove?</h1>
        <p class="lead">
          Who really sent it, what of it is signed, and whether anything was changed on the way. The
          signatures (DKIM) are checked here, in your browser, rather than taken from what the header claims.
        </p>
      </div>
      {state.failure && <Failure text={state.failure} />}
      <Intake session={session} />
      <Privacy />
      <Samples onChoose={(sample) => void session.openSample(sample)} />
      <section aria-labelledby="keys-heading" class="panel">
        <h2 id="keys-heading">Where keys are looked up</h2>
        <KeyChoice keys={state.keys} names={[]} onChoose={(keys) => session.setKeys(keys)} />
      </section>
    </div>
  );
}

function Work({ state, session }: Props) {
  const { given, mailbox, verdict, progress, failure } = state;
  const isChoosing = mailbox !== null && given?.range === null;
  return (
    <>
      {progress && (
        <Progress progress={progress} isAside={verdict !== null} onCancel={() => session.cancel()} />
      )}
      {failure && <Failure text={failure} />}
      {isChoosing && (
        <Mailbox mailbox={mailbox} name={given?.name ?? ""} onChoose={(entry) => session.choose(entry)} />
      )}
      {verdict && !isChoosing && <Result state={state} verdict={verdict} session={session} />}
    </>
  );
}

function Failure({ text }: { text: string }) {
  return (
    <p class="failure" role="alert" data-testid="failure">
      <strong>This did not work.</strong> {text}
    </p>
  );
}

function Foot() {
  return (
    <footer class="foot">
      <p>
        Checked by <a href="https://www.rfc-editor.org/rfc/rfc6376">RFC 6376</a> with the waxseal library, in
        WebAssembly. The page works without a network once it was opened, and keeps nothing of your messages.{" "}
        <a href="./licenses.txt">Licences</a>
      </p>
    </footer>
  );
}
