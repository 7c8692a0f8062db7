const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** RFC 5322 §4.3; other letters say nothing, and are taken as UTC. */
const ZONES: Record<string, number> = {
  ut: 0,
  utc: 0,
  gmt: 0,
  z: 0,
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
};

const DATE =
  /^\s*(?:[a-z]{3,9}\s*,?\s*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s-]+(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([+-]\d{4}|[a-z]{1,5})?\s*$/i;

/**
 * A date of a header field (RFC 5322 §3.3, and the obsolete forms of §4.3) in Unix seconds; null where it
 * is none.
 */
export function parseDate(text: string): number | null {
  const found = DATE.exec(withoutComments(text));
  if (!found) return null;
  const [, day = "", name = "", yearText = "", hour = "", minute = "", second = "0", zone = "z"] = found;
  const month = MONTHS.indexOf(name.toLowerCase());
  if (month < 0 || Number(day) > 31 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60)
    return null;
  const time = Date.UTC(fullYear(yearText), month, Number(day), Number(hour), Number(minute), Number(second));
  return time / 1000 - offset(zone);
}

/** RFC 5322 §4.3: two digits are 2000 to 2049 or 1950 to 1999, three are since 1900. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 2) return year + (year < 50 ? 2000 : 1900);
  return text.length === 3 ? year + 1900 : year;
}

/** Seconds east of UTC. */
function offset(zone: string): number {
  const digits = /^([+-])(\d{2})(\d{2})$/.exec(zone);
  if (!digits) return (ZONES[zone.toLowerCase()] ?? 0) * 3600;
  const seconds = Number(digits[2]) * 3600 + Number(digits[3]) * 60;
  return digits[1] === "-" ? -seconds : seconds;
}

/** Text without what stands in parentheses (RFC 5322 §3.2.2), which may be nested. */
export function withoutComments(text: string): string {
  let depth = 0;
  let isQuoted = false;
  let out = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "\\") {
      if (depth === 0) out += text.slice(at, at + 2);
      at++;
      continue;
    }
    if (character === '"' && depth === 0) isQuoted = !isQuoted;
    if (character === "(" && !isQuoted) depth++;
    if (depth === 0) out += character;
    if (character === ")" && !isQuoted && depth > 0) depth--;
  }
  return out;
}
