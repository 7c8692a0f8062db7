import type { Details, Verdict } from "../protocol.ts";
import { counted, number } from "../words/lists.ts";
import { Octets } from "./octets.tsx";
import { Shown } from "./shown.tsx";

/** How much of the body is signed. */
export function BodyBar({ verdict, details }: { verdict: Verdict; details: Details | null }) {
  const { extent, report } = verdict;
  if (extent === "header") return <p>The text was not given, so nothing can be said about it.</p>;
  const { signed, total } = report.coverage.body;
  const tail = Math.max(0, total - signed);
  const share = total === 0 ? 100 : Math.floor((signed / total) * 100);
  const isVerified = report.signatures.some(({ result }) => result === "pass" || result === "policy");
  return (
    <div class="body-coverage" data-testid="body">
      <div
        class="bar"
        role="img"
        aria-label={`${share} per cent of the body is signed`}
        data-signed={signed}
        data-total={total}
      >
        {signed > 0 && (
          <div class="bar-signed" style={{ flexGrow: signed }}>
            <span>signed</span>
          </div>
        )}
        {tail > 0 && (
          <div class="bar-tail" style={{ flexGrow: tail }}>
            <span>not signed</span>
          </div>
        )}
      </div>
      <p>{says(signed, total, isVerified)}</p>
      {details?.tails.map(({ index, octets }) => (
        <div key={index} class="tail" data-testid="tail">
          <h3>
            What stands behind the part that signature {index + 1} covers (
            <Shown text={report.signatures[index]?.domain ?? "no domain"} />)
          </h3>
          <Octets octets={octets} label="The unsigned end of the body" />
        </div>
      ))}
    </div>
  );
}

function says(signed: number, total: number, isVerified: boolean): string {
  if (total === 0) return isVerified ? "The body is empty, and signed to be so." : "The body is empty.";
  if (signed === 0) return `No signature that verifies covers the body (${counted(total, "octet")}).`;
  if (signed >= total) return `All ${counted(total, "octet")} are signed and unchanged.`;
  return `The first ${counted(signed, "octet")} are signed and unchanged. The last ${number(total - signed)} are not: anyone can have added them.`;
}
