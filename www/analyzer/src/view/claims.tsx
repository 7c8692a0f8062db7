import type { MethodResult } from "waxseal";

import type { Claim, Details, Verdict } from "../protocol.ts";
import { matchClaim } from "../words/claims.ts";
import { Shown } from "./shown.tsx";
import { Symbol } from "./symbol.tsx";

/** What hosts on the way wrote into the header, beside what we found. */
export function Claims({ details, verdict }: { details: Details; verdict: Verdict }) {
  if (details.claims.length === 0) {
    return <p class="hint">No host on the way has written down results (Authentication-Results).</p>;
  }
  return (
    <>
      <p class="hint">
        These fields are what hosts on the way claim. Believe only those of your own mail server: anybody can
        write the others.
      </p>
      {details.claims.map((claim) => (
        <ClaimTable key={claim.index} claim={claim} verdict={verdict} />
      ))}
    </>
  );
}

function ClaimTable({ claim, verdict }: { claim: Claim; verdict: Verdict }) {
  const { results } = claim;
  if (!results) {
    return (
      <p>
        Field {claim.index + 1} of the header cannot be read: <Shown text={claim.trouble ?? ""} />
      </p>
    );
  }
  return (
    <ResultTable
      title={results.authservId ?? "a host that does not name itself"}
      results={results.results}
      verdict={verdict}
    />
  );
}

interface TableProps {
  title: string;
  results: MethodResult[];
  verdict: Verdict;
  /** Whether they are of a time when the message may have been another: then ours do not contradict them. */
  isPast?: boolean;
}

/** The results of one host, each with ours where we have one. */
export function ResultTable({ title, results, verdict, isPast = false }: TableProps) {
  return (
    <table class="claims" data-testid="claims">
      <caption>
        <Shown text={title} /> {isPast ? "found" : "claims"}
      </caption>
      <thead>
        <tr>
          <th scope="col">Check</th>
          <th scope="col">{isPast ? "Then" : "Claimed"}</th>
          <th scope="col">{isPast ? "Now" : "What we found"}</th>
        </tr>
      </thead>
      <tbody>
        {results.length === 0 && (
          <tr>
            <td colSpan={3}>that nothing was checked</td>
          </tr>
        )}
        {results.map((result, index) => {
          const ours = matchClaim(result, verdict);
          return (
            <tr key={index} data-agrees={isPast ? null : ours.agrees}>
              <th scope="row">
                {result.method.toUpperCase()}
                <span class="hint claim-about">
                  <Shown text={about(result)} />
                </span>
              </th>
              <td>
                <strong>
                  <Shown text={result.result ?? "nothing"} />
                </strong>
                {result.reason && (
                  <span class="hint claim-about">
                    <Shown text={result.reason} />
                  </span>
                )}
              </td>
              <td>
                {ours.agrees !== null && !isPast && <Symbol tone={ours.agrees ? "good" : "bad"} size={16} />}{" "}
                <Shown text={ours.says} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function about({ properties }: MethodResult): string {
  return properties.map(({ ptype, name, value }) => `${ptype ? `${ptype}.` : ""}${name}=${value}`).join(" ");
}
