import type { Tone } from "../words/reasons.ts";

/** A shape for each tone, so that none is told by colour alone. The words stand beside it. */
export function Symbol({ tone, size = 24 }: { tone: Tone; size?: number }) {
  return (
    <svg class={`symbol ${tone}`} width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      {SHAPES[tone]}
    </svg>
  );
}

const MARK = {
  fill: "none",
  stroke: "var(--on-symbol)",
  "stroke-width": 3,
  "stroke-linecap": "round",
  "stroke-linejoin": "round",
} as const;

const SHAPES = {
  // the scalloped edge of a seal
  good: (
    <>
      <path
        fill="currentColor"
        d="M16 1l3.500 2.500 4.200-.7 1.800 3.900 4.100 1.300-.3 4.300L32 15.400l-2.500 3.500.8 4.200-3.900 1.900-1.400 4.100-4.300-.4L17.500 31 14 29l-4.200.8L8 25.900l-4.100-1.300.4-4.300L1 17.200l2.500-3.500-.8-4.200 3.900-1.900L8 3.500l4.300.4z"
      />
      <path {...MARK} d="M10.500 16.300l4 4 7.300-8" />
    </>
  ),
  caution: (
    <>
      <path
        fill="currentColor"
        d="M13.700 3.600a2.700 2.700 0 0 1 4.600 0l12.200 21.200a2.700 2.700 0 0 1-2.300 4H3.800a2.700 2.700 0 0 1-2.300-4z"
      />
      <path {...MARK} d="M16 11.500v7.500M16 24v.01" />
    </>
  ),
  bad: (
    <>
      <path fill="currentColor" d="M10 1.500h12L30.500 10v12L22 30.500H10L1.500 22V10z" />
      <path {...MARK} d="M11 11l10 10M21 11L11 21" />
    </>
  ),
  unknown: (
    <>
      <circle fill="currentColor" cx="16" cy="16" r="14.500" />
      <path {...MARK} d="M11.500 12.300a4.500 4.500 0 1 1 6.600 4c-1.300.7-2.100 1.500-2.100 3M16 24v.01" />
    </>
  ),
};
