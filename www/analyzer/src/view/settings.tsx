import type { Verdict } from "../protocol.ts";
import type { Session, State } from "../session.ts";
import { KeyChoice } from "./key-choice.tsx";
import { Shown } from "./shown.tsx";

/** How the message is judged, to be changed; and every question that was asked. */
export function Settings({ state, verdict, session }: { state: State; verdict: Verdict; session: Session }) {
  return (
    <div class="settings">
      <div class="settings-choices">
        <label>
          Expiry is judged for
          <select
            value={state.time}
            data-testid="time"
            onChange={(event) => session.setTime(event.currentTarget.value as State["time"])}
          >
            <option value="now">now</option>
            <option value="received">when it was received</option>
          </select>
        </label>
        <label>
          What was given is
          <select
            value={state.extent === "auto" ? verdict.extent : state.extent}
            data-testid="extent"
            onChange={(event) => session.setExtent(event.currentTarget.value as State["extent"])}
          >
            <option value="whole">the whole message</option>
            <option value="header">the header alone</option>
          </select>
        </label>
      </div>
      <Asked verdict={verdict} />
      <details>
        <summary>Ask for keys elsewhere</summary>
        <KeyChoice
          keys={state.given?.keys ?? state.keys}
          names={verdict.lookups.filter(({ state: how }) => how !== "withheld").map(({ name }) => name)}
          onChoose={(keys) => session.setKeys(keys)}
        />
      </details>
    </div>
  );
}

function Asked({ verdict }: { verdict: Verdict }) {
  const asked = verdict.lookups.filter(({ server, state }) => server !== null && state !== "withheld");
  const withheld = verdict.lookups.filter(({ state }) => state === "withheld");
  return (
    <div data-testid="asked">
      {asked.length === 0 ? (
        <p>Nothing was asked of anybody.</p>
      ) : (
        <>
          <p>This is all that was asked, each name once:</p>
          <ul class="names">
            {asked.map(({ name, server }) => (
              <li key={name}>
                <code>
                  <Shown text={name} />
                </code>{" "}
                <span class="hint">of {server}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {withheld.length > 0 && (
        <p class="hint">
          Not asked, for they are no names of keys: {withheld.map(({ name }) => name).join(", ")}.
        </p>
      )}
    </div>
  );
}
