import { useState } from "preact/hooks";

import type { Details, Verdict } from "../protocol.ts";
import { toMarkdown } from "../words/markdown.ts";
import { SaveButton } from "./save-button.tsx";

/** Ways to take the result along. */
export function Export({ verdict, details }: { verdict: Verdict; details: Details | null }) {
  const results = () => `Authentication-Results: ${verdict.report.authenticationResults}\r\n`;
  const json = () => `${JSON.stringify(details?.report ?? verdict.report, null, 2)}\n`;
  const markdown = () => toMarkdown(verdict);
  return (
    <div class="export">
      <Copy label="Copy as Authentication-Results" content={results} testId="copy-results" />
      <Copy label="Copy as Markdown" content={markdown} testId="copy-markdown" />
      <Copy label="Copy as JSON" content={json} testId="copy-json" />
      <SaveButton
        kind="button"
        name="report.json"
        type="application/json"
        content={json}
        label="Save JSON"
        testId="save-json"
      />
      <SaveButton
        kind="button"
        name="report.md"
        type="text/markdown"
        content={markdown}
        label="Save Markdown"
        testId="save-markdown"
      />
      <button type="button" class="button" onClick={() => window.print()}>
        Print
      </button>
    </div>
  );
}

function Copy({ label, content, testId }: { label: string; content: () => string; testId: string }) {
  const [outcome, setOutcome] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(content());
      setOutcome("Copied");
    } catch {
      setOutcome("The browser does not allow it");
    }
    setTimeout(() => setOutcome(""), 4000);
  };
  return (
    <span class="copy">
      <button type="button" class="button" onClick={() => void copy()} data-testid={testId}>
        {label}
      </button>
      <span class="hint" role="status">
        {outcome}
      </span>
    </span>
  );
}
