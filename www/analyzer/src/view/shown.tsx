import { parts } from "../message/hidden.ts";

/**
 * Text that comes from a message: its own direction does not reach out of it, and what would be invisible
 * or would turn the text around is shown by name.
 */
export function Shown({ text }: { text: string }) {
  return (
    <bdi>
      {parts(text).map((part) =>
        part.name === null ? (
          part.text
        ) : (
          <span class="hidden-character" title={part.name}>
            {part.text}
          </span>
        ),
      )}
    </bdi>
  );
}
