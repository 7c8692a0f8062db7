import type { Details, Verdict } from "../protocol.ts";
import { tellBody } from "../words/body.ts";
import { Octets } from "./octets.tsx";
import { Shown } from "./shown.tsx";

/** How much of the body is signed. */
export function BodyBar({ verdict, details }: { verdict: Verdict; details: Details | null }) {
  const { extent, report } = verdict;
  if (extent === "header") return <p>The text was not given, so nothing can be said about it.</p>;
  const { signed, total } = report.coverage.body;
  const tail = Math.max(0, total - signed);
  const share = total === 0 ? 100 : Math.floor((signed / total) * 100);
  const { isOpen, sentence } = tellBody(report);
  return (
    <div class="body-coverage" data-testid="body">
      <div
        class="bar"
        role="img"
        aria-label={isOpen ? "Not decided" : `${share} per cent of the body is signed`}
        data-signed={signed}
        data-total={total}
      >
        {signed > 0 && (
          <div class="bar-signed" style={{ flexGrow: signed }}>
            <span>signed</span>
          </div>
        )}
        {tail > 0 && (
          <div class={isOpen ? "bar-open" : "bar-tail"} style={{ flexGrow: tail }}>
            <span>{isOpen ? "not decided" : "not signed"}</span>
          </div>
        )}
      </div>
      <p>{sentence}</p>
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
