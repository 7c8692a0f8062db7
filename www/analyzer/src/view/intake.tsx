import { useRef, useState } from "preact/hooks";

import type { Session } from "../session.ts";
import { looksLikeMessage } from "./use-arrivals.ts";

/** Past this a textarea makes a browser slow; such text is analyzed at once instead. */
const TOO_LONG_TO_SHOW = 200_000;

/** Where a message comes in: pasted, opened or dropped. */
export function Intake({ session }: { session: Session }) {
  const [text, setText] = useState("");
  const picker = useRef<HTMLInputElement>(null);

  const onPaste = (event: ClipboardEvent) => {
    const data = event.clipboardData;
    const file = data?.files[0];
    if (file) {
      event.preventDefault();
      session.open(file);
      return;
    }
    const pasted = data?.getData("text/plain") ?? "";
    // A whole message into an empty box is what people come for: it needs no second step.
    const isWhole = text === "" && looksLikeMessage(pasted);
    if (isWhole || pasted.length > TOO_LONG_TO_SHOW) {
      event.preventDefault();
      session.paste(pasted);
    }
  };

  return (
    <section class="intake" aria-label="Your message">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          session.paste(text);
        }}
      >
        <label for="message">Paste the message in source form, header and all</label>
        <textarea
          id="message"
          data-testid="message"
          rows={9}
          spellcheck={false}
          autocomplete="off"
          placeholder={"Received: from …\nDKIM-Signature: v=1; a=rsa-sha256; d=…\nFrom: …"}
          aria-describedby="message-help"
          value={text}
          onPaste={onPaste}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <div class="intake-actions">
          <button type="submit" class="button primary" disabled={text.trim() === ""} data-testid="analyze">
            Analyze
          </button>
          <button type="button" class="button" onClick={() => picker.current?.click()} data-testid="open">
            Open a file…
          </button>
          <input
            ref={picker}
            type="file"
            class="visually-hidden"
            tabIndex={-1}
            aria-label="Open a message or mbox file"
            accept=".eml,.mbox,.mbx,.txt,message/rfc822,application/mbox,text/plain"
            data-testid="file"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              event.currentTarget.value = "";
              if (file) session.open(file);
            }}
          />
          <p id="message-help" class="hint">
            or drop an .eml or mbox file anywhere on the page
          </p>
        </div>
      </form>
      <details class="how">
        <summary>How do I get the source of a message?</summary>
        <dl>
          <dt>Gmail</dt>
          <dd>Open it, then ⋮ → “Show original” → “Download original”.</dd>
          <dt>Outlook on the web</dt>
          <dd>⋯ → “Save” or “View” → “View message source”.</dd>
          <dt>Apple Mail</dt>
          <dd>“View” → “Message” → “Raw Source”, or drag the message onto this page.</dd>
          <dt>Thunderbird</dt>
          <dd>“More” → “View Source”, or “Save As…”.</dd>
        </dl>
        <p>A saved file is better than copied text: copying loses blanks and line ends that are signed.</p>
      </details>
    </section>
  );
}
