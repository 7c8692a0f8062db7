/** What a DNS response says of the TXT records that were asked for. */
export interface DnsReply {
  /** RFC 1035 §4.1.1: 0 no error, 3 no such name. */
  rcode: number;
  /** Whether the answer was cut short, the TC bit. */
  truncated: boolean;
  /** The AD bit (RFC 4035 §3.2.3). */
  authenticated: boolean;
  /** Each TXT record, its strings put together, as Latin-1. */
  records: string[];
  /** The lowest time to live of the answer, in seconds; null where there is no record. */
  ttl: number | null;
  /** The names that CNAME records led through, in order. */
  aliases: string[];
}

const TYPE_CNAME = 5;
const TYPE_TXT = 16;
/** Names of at most 255 octets have no more labels or jumps than this. */
const MAX_STEPS = 128;

/**
 * Reads a DNS response (RFC 1035 §4) for display; the core reads it for itself. Null where it is none.
 */
export function readDnsMessage(octets: Uint8Array): DnsReply | null {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  try {
    return read(view);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function read(view: DataView): DnsReply {
  const flags = view.getUint16(2);
  const reply: DnsReply = {
    rcode: flags & 0x0f,
    truncated: (flags & 0x0200) !== 0,
    authenticated: (flags & 0x0020) !== 0,
    records: [],
    ttl: null,
    aliases: [],
  };
  let at = 12;
  for (let questions = view.getUint16(4); questions > 0; questions--) at = readName(view, at).next + 4;
  for (let answers = view.getUint16(6); answers > 0; answers--) {
    const { next } = readName(view, at);
    const type = view.getUint16(next);
    const ttl = view.getUint32(next + 4);
    const data = next + 10;
    at = data + view.getUint16(next + 8);
    if (type === TYPE_CNAME) reply.aliases.push(readName(view, data).name);
    if (type === TYPE_TXT) reply.records.push(readStrings(view, data, at));
    if (type === TYPE_CNAME || type === TYPE_TXT) reply.ttl = Math.min(reply.ttl ?? ttl, ttl);
  }
  return reply;
}

function readStrings(view: DataView, from: number, to: number): string {
  let text = "";
  for (let at = from; at < to;) {
    const end = at + 1 + view.getUint8(at);
    for (at++; at < end; at++) text += String.fromCharCode(view.getUint8(at));
  }
  return text;
}

function readName(view: DataView, from: number): { name: string; next: number } {
  const labels: string[] = [];
  let next: number | null = null;
  for (let at = from, steps = 0; ; steps++) {
    if (steps > MAX_STEPS) throw new RangeError("a name without an end");
    const length = view.getUint8(at);
    if (length >= 0xc0) {
      next ??= at + 2;
      at = view.getUint16(at) & 0x3fff;
      continue;
    }
    if (length === 0) return { name: labels.join("."), next: next ?? at + 1 };
    let label = "";
    for (let i = at + 1; i <= at + length; i++) label += String.fromCharCode(view.getUint8(i));
    labels.push(label);
    at += length + 1;
  }
}
