import type { Key, KeyReport } from "waxseal";

import type { Details, Lookup, Verdict } from "../protocol.ts";
import { readDefaults, readKeyRecord } from "../words/key-record.ts";
import { counted, listed, shortened } from "../words/lists.ts";
import { span } from "../words/time.ts";
import { Shown } from "./shown.tsx";

/** Keys are long and say nothing to the eye; the record stands below in full. */
const MAX_VALUE = 60;

/** The key records, read tag by tag, and what was found wrong with them. */
export function Keys({ verdict, details }: { verdict: Verdict; details: Details | null }) {
  const keys = verdict.lookups.filter(({ state }) => state !== "withheld" && state !== "unasked");
  if (keys.length === 0) return <p class="hint">No key was looked up.</p>;
  return (
    <>
      {keys.map((lookup) => (
        <KeyOf
          key={lookup.name}
          lookup={lookup}
          check={details?.keys[lookup.name] ?? null}
          verdict={verdict}
        />
      ))}
    </>
  );
}

function KeyOf({ lookup, check, verdict }: { lookup: Lookup; check: KeyReport | null; verdict: Verdict }) {
  const key = check?.key ?? keyIn(verdict, lookup.name);
  return (
    <article class="panel key" data-testid="key">
      <h3>
        <code>
          <Shown text={lookup.name} />
        </code>
      </h3>
      <dl class="facts">
        {about(lookup).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Shown text={value} />
            </dd>
          </div>
        ))}
      </dl>
      {lookup.records.map((record, index) => (
        <RecordTable key={index} record={record} keyOfIt={key} />
      ))}
      <Lint check={check} />
    </article>
  );
}

function about(lookup: Lookup): [string, string][] {
  const facts: [string, string][] = [["Answer", ANSWERS[lookup.state]]];
  if (lookup.trouble) facts.push(["Trouble", lookup.trouble]);
  facts.push(["From", lookup.server ?? "the records that were given"]);
  if (lookup.aliases.length > 0) facts.push(["Alias of", listed(lookup.aliases)]);
  if (lookup.ttl !== null) facts.push(["TTL", `${span(lookup.ttl)} (${counted(lookup.ttl, "second")})`]);
  facts.push(["DNSSEC", dnssec(lookup.authenticated)]);
  return facts;
}

const ANSWERS: Record<Lookup["state"], string> = {
  found: "found",
  absent: "there is no such record",
  failed: "none that can be used",
  unasked: "not asked",
  withheld: "not asked",
};

function dnssec(authenticated: boolean | null): string {
  if (authenticated === null) return "not known";
  return authenticated
    ? "the server vouches for the answer (AD bit)"
    : "the server does not vouch for the answer (no AD bit)";
}

function keyIn({ report }: Verdict, name: string): Key | null {
  return report.signatures.find((signature) => signature.key?.name === name)?.key ?? null;
}

function RecordTable({ record, keyOfIt }: { record: string; keyOfIt: Key | null }) {
  return (
    <div class="record">
      <table data-testid="record-table">
        <caption class="visually-hidden">The tags of the key record</caption>
        <thead>
          <tr>
            <th scope="col">Tag</th>
            <th scope="col">Value</th>
            <th scope="col">What it says</th>
          </tr>
        </thead>
        <tbody>
          {readKeyRecord(record, keyOfIt).map((reading, index) => (
            <tr key={index} class={reading.isOdd ? "is-odd" : ""}>
              <th scope="row">
                <code>
                  <Shown text={reading.name} />
                </code>
              </th>
              <td class="record-value">
                <code>
                  <Shown text={shortened(reading.value, MAX_VALUE)} />
                </code>
              </td>
              <td>
                {reading.isOdd && <span aria-hidden="true">⚠ </span>}
                <Shown text={reading.says} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Defaults record={record} />
      <details>
        <summary>The record as it is published</summary>
        <pre>
          <Shown text={record} />
        </pre>
      </details>
    </div>
  );
}

function Defaults({ record }: { record: string }) {
  const defaults = readDefaults(record);
  if (defaults.length === 0) return null;
  return <p class="hint">What is not there has its default: {listed(defaults)}.</p>;
}

/** What the check of a published key says, as `checkKey` does for whoever owns it. */
function Lint({ check }: { check: KeyReport | null }) {
  if (!check) return null;
  if (check.result === "pass" && check.warnings.length === 0) {
    return <p class="lint-good">Nothing is wrong with it.</p>;
  }
  return (
    <ul class="warnings" data-testid="lint">
      {check.result !== "pass" && (
        <li>
          <Shown text={check.explanation} />
        </li>
      )}
      {check.warnings.map((warning) => (
        <li key={warning.code}>
          <Shown text={warning.explanation} />
        </li>
      ))}
    </ul>
  );
}
