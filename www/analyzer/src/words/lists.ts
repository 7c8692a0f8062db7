const AND = new Intl.ListFormat("en-GB", { type: "conjunction" });
const NUMBER = new Intl.NumberFormat("en-GB");
const UNITS = ["octets", "KB", "MB", "GB"];

/** `a, b and c`. */
export function listed(items: string[]): string {
  return AND.format(items);
}

/** `1 line`, `2 lines`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${NUMBER.format(count)} ${count === 1 ? one : several}`;
}

/** `1,234`. */
export function number(value: number): string {
  return NUMBER.format(value);
}

/** The start of a text that is too long. */
export function shortened(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

/** A number of octets, rounded: `12 octets`, `3.4 MB`. */
export function size(octets: number): string {
  if (octets < 1000) return counted(octets, "octet");
  let value = octets;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))} ${UNITS[unit]}`;
}
