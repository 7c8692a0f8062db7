import type { State } from "../session.ts";
import { size } from "../words/lists.ts";

export const DOING = {
  mailbox: "Looking for the messages of the file",
  message: "Reading the message",
  keys: "Asking for keys",
  why: "Finding out why it fails",
};

/** What is going on, with a way to end it. */
export function Progress({
  progress,
  isAside,
  onCancel,
}: {
  progress: NonNullable<State["progress"]>;
  /** Whether there is something to be read meanwhile, which must not move. */
  isAside: boolean;
  onCancel: () => void;
}) {
  const { phase, done, total } = progress;
  const isCountable = total > 0 && (phase === "message" || phase === "mailbox");
  return (
    <div class={isAside ? "progress is-aside" : "progress"} data-testid="progress">
      <label for="progress">
        {DOING[phase]}
        {isCountable && `: ${size(done)} of ${size(total)}`}
      </label>
      {isCountable ? <progress id="progress" value={done} max={total} /> : <progress id="progress" />}
      <button type="button" class="button quiet" onClick={onCancel} data-testid="cancel">
        Cancel
      </button>
    </div>
  );
}
