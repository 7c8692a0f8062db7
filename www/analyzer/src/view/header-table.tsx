import { useMemo, useState } from "preact/hooks";
import type { Signature } from "waxseal";

import { coversOf, type Covers } from "../message/coverage.ts";
import { decodeValue } from "../message/decode.ts";
import { splitHeader, valueText, type Field } from "../message/fields.ts";
import type { Details, Verdict } from "../protocol.ts";
import { counted, listed, number, shortened } from "../words/lists.ts";
import { judgeSignature } from "../words/verdict.ts";
import { Octets } from "./octets.tsx";
import { Shown } from "./shown.tsx";
import { Symbol } from "./symbol.tsx";

const STEP = 60;
/** Of a value so much is shown before it is asked for; of those that are for machines, less. */
const MAX_VALUE = 300;
const MAX_MACHINE_VALUE = 110;
const MAX_ASKED_VALUE = 10_000;
const FOR_MACHINES = /^(?:arc-|dkim-|domainkey-|received|x-|authentication-results)/i;

type Status = Verdict["report"]["coverage"]["fields"][number]["status"];

const STATUS: Record<Status, { label: string; says: string; mark: string }> = {
  oversigned: {
    label: "Oversigned",
    says: "signed, and another field of the name would be noticed",
    mark: "◆",
  },
  signed: { label: "Signed", says: "signed, and unchanged since", mark: "●" },
  unsigned: {
    label: "Not signed",
    says: "no signature that verifies covers it: anyone can have written it",
    mark: "○",
  },
  added: {
    label: "Added after signing",
    says: "there may be one of its name, and this is not the one that was signed",
    mark: "▲",
  },
};

/** Fields that are signatures sign themselves, in a way of their own. */
const SIGNATURE = /^(?:dkim|domainkey)-signature$/i;

/** The fields of the header, with what the signatures cover. */
export function HeaderTable({ details, verdict }: { details: Details; verdict: Verdict }) {
  const { header } = details;
  const { signatures, coverage } = verdict.report;
  const fields = useMemo(() => splitHeader(header), [header]);
  const covers = useMemo(() => coversOf(fields, signatures), [fields, signatures]);
  const [limit, setLimit] = useState(STEP);
  const [active, setActive] = useState<number | null>(null);
  const [wanted, setWanted] = useState<"all" | "covered" | "open">("all");

  const statusOf = (field: Field): Status => coverage.fields[field.index]?.status ?? "unsigned";
  const isOpen = (field: Field) => ["unsigned", "added"].includes(statusOf(field));
  const chosen = fields.filter((field) => wanted === "all" || (wanted === "open") === isOpen(field));

  return (
    <>
      <div class="table-tools">
        <label>
          Show{" "}
          <select value={wanted} onChange={(event) => setWanted(event.currentTarget.value as typeof wanted)}>
            <option value="all">all {number(fields.length)} fields</option>
            <option value="covered">what is signed</option>
            <option value="open">what is not signed</option>
          </select>
        </label>
        <Legend signatures={signatures} verdict={verdict} covers={covers} active={active} fields={fields} />
      </div>
      <table class="fields" data-testid="fields" onMouseLeave={() => setActive(null)}>
        <caption class="visually-hidden">The fields of the header and what the signatures cover</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
            <th scope="col">Coverage</th>
          </tr>
        </thead>
        <tbody>
          {chosen.slice(0, limit).map((field) => (
            <FieldRow
              key={field.index}
              field={field}
              header={header}
              status={statusOf(field)}
              covers={covers}
              verdict={verdict}
              isActive={active === field.index}
              onActive={() => setActive(field.index)}
            />
          ))}
        </tbody>
      </table>
      <Meanings statuses={new Set(chosen.slice(0, limit).map(statusOf))} />
      {chosen.length === 0 && <p class="hint">There are none.</p>}
      {chosen.length > limit && (
        <button
          type="button"
          class="button"
          onClick={() => setLimit(limit + STEP * 5)}
          data-testid="more-fields"
        >
          Show more ({counted(chosen.length - limit, "field")} left)
        </button>
      )}
    </>
  );
}

/** What the words for coverage mean, of those that are used. */
function Meanings({ statuses }: { statuses: Set<Status> }) {
  return (
    <ul class="meanings hint">
      {(Object.keys(STATUS) as Status[])
        .filter((status) => statuses.has(status))
        .map((status) => (
          <li key={status}>
            <span aria-hidden="true">{STATUS[status].mark}</span> <b>{STATUS[status].label}:</b>{" "}
            {STATUS[status].says}.
          </li>
        ))}
    </ul>
  );
}

interface RowProps {
  field: Field;
  header: Uint8Array;
  status: Status;
  covers: Covers;
  verdict: Verdict;
  isActive: boolean;
  onActive: () => void;
}

function FieldRow({ field, header, status, covers, verdict, isActive, onActive }: RowProps) {
  const [isRaw, setRaw] = useState(false);
  const value = useMemo(() => decodeValue(valueText(header, field)), [header, field]);
  const { label, says, mark } = STATUS[status];
  const isSignature = status === "unsigned" && SIGNATURE.test(field.name);
  const pending = status === "unsigned" ? inVain(field.index, covers, verdict) : null;
  const unasked = FOR_MACHINES.test(field.name) ? MAX_MACHINE_VALUE : MAX_VALUE;
  return (
    <tr
      class={`field ${status} ${isActive ? "is-active" : ""}`}
      data-testid="field"
      data-status={status}
      onMouseEnter={onActive}
      onFocusCapture={onActive}
    >
      <th scope="row">
        <button type="button" class="field-name" aria-expanded={isRaw} onClick={() => setRaw(!isRaw)}>
          <Shown text={field.name} />
          <span class="visually-hidden"> raw octets</span>
        </button>
      </th>
      <td class="field-value">
        <Shown text={shortened(value, isRaw ? MAX_ASKED_VALUE : unasked)} />
        {isRaw && (
          <Octets
            octets={header.subarray(field.start, field.end)}
            label={`${field.name} as it stands in the message`}
          />
        )}
      </td>
      <td class="field-coverage">
        {isSignature ? (
          <span class="status is-signature">A signature</span>
        ) : pending ? (
          <span class="status is-pending">
            <span aria-hidden="true">◌</span> {pending}
          </span>
        ) : (
          <span class="status" title={says}>
            <span aria-hidden="true">{mark}</span> {label}
          </span>
        )}
        <Badges index={field.index} covers={covers} verdict={verdict} />
      </td>
    </tr>
  );
}

/** Of a field that only signatures cover that do not verify, what to say of it. */
function inVain(index: number, covers: Covers, { report }: Verdict): string | null {
  const covering = report.signatures.filter((_, at) => covers[at]?.has(index));
  if (covering.length === 0) return null;
  const isOpen = covering.some(({ result }) => result === "temperror");
  const isHeaderGood = covering.some(({ reason }) => reason === "bodyNotChecked");
  if (isHeaderGood) return "Signed";
  return isOpen ? "Not decided" : "Signature fails";
}

/** The numbers of the signatures that cover a field. */
function Badges({ index, covers, verdict }: { index: number; covers: Covers; verdict: Verdict }) {
  return (
    <>
      {covers.map((cover, at) => {
        const signature = verdict.report.signatures[at];
        if (!signature || !cover.has(index)) return null;
        const { tone, label } = judgeSignature(signature, verdict);
        const title = `Signature ${at + 1}, ${signature.domain}: ${label}`;
        return (
          <span key={at} class={`badge ${tone}`} title={title}>
            <span class="visually-hidden">{title}</span>
            <span aria-hidden="true">{at + 1}</span>
          </span>
        );
      })}
    </>
  );
}

interface LegendProps {
  signatures: Signature[];
  verdict: Verdict;
  covers: Covers;
  active: number | null;
  fields: Field[];
}

/** Who the numbers are; of the field at hand, which of them cover it. */
function Legend({ signatures, verdict, covers, active, fields }: LegendProps) {
  if (signatures.length === 0) return null;
  const field = active === null ? undefined : fields[active];
  return (
    <div class="legend" data-testid="legend">
      <ul>
        {signatures.slice(0, 12).map((signature, at) => {
          const { tone } = judgeSignature(signature, verdict);
          const isCovering = active !== null && covers[at]?.has(active);
          const state = active === null ? "" : isCovering ? "covers" : "leaves";
          return (
            <li key={at} class={`${tone} ${state}`}>
              <Symbol tone={tone} size={16} />
              <span class={`badge ${tone}`}>{at + 1}</span> <Shown text={signature.domain ?? "no domain"} />
            </li>
          );
        })}
      </ul>
      <p class="hint legend-says">
        {field ? (
          <Shown text={coveredBy(field, covers, signatures)} />
        ) : (
          "Point at a field, or move to it, to see who signed it."
        )}
      </p>
    </div>
  );
}

function coveredBy(field: Field, covers: Covers, signatures: Signature[]): string {
  const by = covers.flatMap((cover, at) =>
    cover.has(field.index) ? [`${at + 1} (${signatures[at]?.domain})`] : [],
  );
  if (by.length === 0) return `${field.name}: covered by no signature.`;
  return `${field.name}: covered by ${by.length === 1 ? "signature" : "signatures"} ${listed(by)}.`;
}
