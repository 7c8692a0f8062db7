// A DNS server without a network: questions in, answers out, as octets (RFC 1035 §4). It remembers what it
// was asked, and can be told to fail in the ways servers fail.
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

const TYPES = { CNAME: 5, SOA: 6, TXT: 16 };
const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };

export class FakeDns {
  /** Every name that was asked for, in order. */
  asked = [];
  #zone = new Map();

  /**
   * @param {Record<string, string | string[] | object>} zone  a TXT record, several, or
   *   { txt, ttl, rcode, cname, soa, age } where `soa` is `[ttl, minimum]`, null for none
   */
  constructor(zone = {}) {
    this.set(zone);
  }

  set(zone) {
    for (const [name, entry] of Object.entries(zone)) {
      const isTxt = typeof entry === "string" || Array.isArray(entry);
      this.#zone.set(name.toLowerCase(), isTxt ? { txt: entry } : entry);
    }
  }

  replace(zone) {
    this.#zone.clear();
    this.set(zone);
  }

  entry(name) {
    return this.#zone.get(name) ?? { rcode: "NXDOMAIN" };
  }

  countOf(name) {
    return this.asked.filter((one) => one === name).length;
  }

  /** @param {Uint8Array} query @returns {Buffer} */
  answer(query) {
    const { id, name, question } = parse(query);
    this.asked.push(name);
    const { txt = [], ttl = 3600, cname, soa = [900, 900], authenticated = false, ...rest } = this.entry(name);
    const records = [];
    if (cname) records.push(record(name, TYPES.CNAME, ttl, nameOctets(cname)));
    for (const one of [txt].flat()) records.push(record(cname ?? name, TYPES.TXT, ttl, strings(one)));
    const rcode = RCODES[rest.rcode ?? "NOERROR"];
    const authorities = [];
    if ((rcode === 0 || rcode === 3) && !records.length && soa) {
      const data = [nameOctets("ns.example"), nameOctets("root.example"), u32(1, 2, 3, 4, soa[1])];
      authorities.push(record("example", TYPES.SOA, soa[0], Buffer.concat(data)));
    }
    // QR, RD, RA
    const flags = 0x8180 | rcode | (authenticated ? 0x20 : 0);
    return Buffer.concat([
      u16(id, flags, 1, records.length, authorities.length, 0),
      question,
      ...records,
      ...authorities,
    ]);
  }

  /**
   * As a DNS over HTTPS server (RFC 8484).
   *
   * @param {Request} request
   * @param {typeof Response} Answer
   */
  async overHttps(request, Answer) {
    const url = new URL(request.url);
    const query = request.method === "POST" ? Buffer.from(await request.arrayBuffer()) : Buffer.from(url.searchParams.get("dns") ?? "", "base64url");
    const { name } = parse(query);
    const { broken, age } = this.entry(name);
    if (broken) this.asked.push(name);
    const headers = { "content-type": "application/dns-message", ...(age && { age: String(age) }) };
    switch (broken) {
      case "hang":
        return new Promise(() => {});
      case "status":
        return new Answer("Bad Gateway", { status: 502 });
      case "html":
        return new Answer("<h1>Sign in to the network</h1>", { headers: { "content-type": "text/html" } });
      case "garbage":
        return new Answer(Buffer.from("4711 is no DNS message"), { headers });
      case "empty":
        return new Answer(new Uint8Array(0), { headers });
      case "other":
        return new Answer(this.answer(questionFor("other.example")), { headers });
      case "throw":
        throw new Error("connection refused");
      default:
        return new Answer(this.answer(query), { headers });
    }
  }

  /** On UDP and TCP, for the native command; the port of 127.0.0.1. */
  async listen() {
    const udp = createSocket("udp4");
    await new Promise((resolve) => udp.bind(0, "127.0.0.1", resolve));
    udp.on("message", (query, { port, address }) => {
      const answer = this.answer(query);
      // Truncated: it must be asked for over TCP (RFC 1035 §4.2.1).
      if (answer.length > 1232) udp.send(truncated(query), port, address);
      else udp.send(answer, port, address);
    });
    const { port } = udp.address();
    const tcp = createServer((socket) => {
      let octets = Buffer.alloc(0);
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        octets = Buffer.concat([octets, chunk]);
        while (octets.length >= 2 && octets.length >= 2 + octets.readUInt16BE()) {
          const length = octets.readUInt16BE();
          const answer = this.answer(octets.subarray(2, 2 + length));
          socket.write(Buffer.concat([u16(answer.length), answer]));
          octets = octets.subarray(2 + length);
        }
      });
    });
    await new Promise((resolve, reject) => tcp.once("error", reject).listen(port, "127.0.0.1", resolve));
    const close = () => (udp.close(), tcp.close());
    return { port, close };
  }
}

function parse(query) {
  let at = 12;
  const labels = [];
  for (let length; (length = query[at]); at += length + 1) {
    labels.push(Buffer.from(query.subarray(at + 1, at + 1 + length)).toString("latin1"));
  }
  const question = Buffer.from(query.subarray(12, at + 5));
  return { id: query[0] * 256 + query[1], name: labels.join(".").toLowerCase(), question };
}

function questionFor(name) {
  return Buffer.concat([u16(0, 0x0100, 1, 0, 0, 0), nameOctets(name), u16(TYPES.TXT, 1)]);
}

function truncated(query) {
  const { id, question } = parse(query);
  return Buffer.concat([u16(id, 0x8380, 1, 0, 0, 0), question]);
}

function record(owner, type, ttl, data) {
  return Buffer.concat([nameOctets(owner), u16(type, 1), u32(ttl), u16(data.length), data]);
}

function nameOctets(name) {
  const labels = name.split(".").map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, "latin1")]));
  return Buffer.concat([...labels, Buffer.of(0)]);
}

function strings(text) {
  const octets = Buffer.from(text);
  const parts = [];
  for (let at = 0; at === 0 || at < octets.length; at += 255) {
    const part = octets.subarray(at, at + 255);
    parts.push(Buffer.of(part.length), part);
  }
  return Buffer.concat(parts);
}

function u16(...values) {
  const octets = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => octets.writeUInt16BE(value, index * 2));
  return octets;
}

function u32(...values) {
  const octets = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => octets.writeUInt32BE(value, index * 4));
  return octets;
}
