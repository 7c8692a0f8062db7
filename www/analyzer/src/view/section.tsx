import type { ComponentChildren } from "preact";

/** A part of the result. */
export interface Topic {
  id: string;
  title: string;
  /** The title in the list of contents, where it is too long for that. */
  short?: string;
  /** Null as long as it is not known. */
  content: () => ComponentChildren;
}

/** Shows one. */
export function Section({ topic }: { topic: Topic }) {
  const content = topic.content();
  return (
    <section
      id={topic.id}
      class="topic"
      aria-labelledby={`${topic.id}-heading`}
      data-testid={`topic-${topic.id}`}
    >
      <h2 id={`${topic.id}-heading`}>{topic.title}</h2>
      {content ?? <p class="hint">Being worked out…</p>}
    </section>
  );
}
