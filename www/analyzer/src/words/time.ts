const RELATIVE = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
const DATE = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  timeZone: "UTC",
});

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365.25 * 86400],
  ["month", 30.44 * 86400],
  ["week", 7 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
/** Past this, JavaScript has no date. */
const LAST = 8.64e12;

/** A time as it lies from `now`, both in Unix seconds: `3 weeks ago`, `in 2 days`. */
export function fromNow(time: number, now: number): string {
  const { unit, count } = inUnit(time - now);
  return RELATIVE.format(count, unit);
}

/** A length of time: `3 weeks`, `40 seconds`. */
export function span(seconds: number): string {
  const { unit, count } = inUnit(Math.abs(seconds));
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** A length of time to the second, for delays: `1 min 5 s`, `2 h 10 min`. */
export function delay(seconds: number): string {
  const whole = Math.abs(Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(" ");
}

/** A time in full, in UTC. */
export function inFull(time: number): string {
  if (Math.abs(time) > LAST) return `${time} seconds after 1970`;
  return `${DATE.format(time * 1000).replace(/ at /, ", ")} UTC`;
}

function inUnit(seconds: number): { unit: Intl.RelativeTimeFormatUnit; count: number } {
  // one and a half of a unit before it is used, so that 8 days are not one week
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length * 1.5) return { unit, count: Math.round(seconds / length) };
  }
  return { unit: "second", count: Math.round(seconds) };
}
