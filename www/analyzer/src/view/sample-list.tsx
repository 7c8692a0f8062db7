import { SAMPLES, type Sample } from "../samples.ts";

/** The messages that come with the page. */
export function Samples({ onChoose }: { onChoose: (sample: Sample) => void }) {
  return (
    <section aria-labelledby="samples-heading" class="samples">
      <h2 id="samples-heading">Or try one of these</h2>
      <p class="hint">They bring their keys, so they work without a network.</p>
      <ul>
        {SAMPLES.map((sample) => (
          <li key={sample.file}>
            <button type="button" onClick={() => onChoose(sample)} data-testid={`sample-${sample.file}`}>
              <strong>{sample.title}</strong>
              <span>{sample.story}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
