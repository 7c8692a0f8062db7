import type { DnsAnswer, Resolver } from "waxseal";
import { dohResolver } from "waxseal/doh";
import { zoneResolver } from "waxseal/zone";

import { latin1 } from "../message/fields.ts";
import { readDnsMessage } from "../message/dns-message.ts";
import type { KeySource, Lookup } from "../protocol.ts";

/** A name that a key stands at (RFC 6376 §3.6.2.1). `_report` and the like are no selectors. */
const KEY_NAME = /^(?!_report\.)(.+)\._domainkey\.(.+)$/i;

/**
 * Where the keys are asked for. Nothing but names of keys ever leaves for a network, each once; every
 * question and its answer is kept, to be shown.
 */
export class KeyDesk {
  readonly resolver: Resolver;
  /** Everything that was asked for this message. */
  readonly lookups = new Map<string, Lookup>();
  private readonly server: string | null;
  /** Called with each name as it is asked. */
  onAsk: (name: string) => void = () => {};

  constructor(
    readonly source: KeySource,
    private readonly answers: Answers,
  ) {
    this.server = source.kind === "doh" ? new URL(source.url).host : null;
    this.resolver = async (name, type, options) => {
      const isKey = KEY_NAME.test(name);
      if (source.kind === "nobody") {
        if (isKey) this.note(name, { state: "unasked" });
        throw new Error("nobody was asked");
      }
      if (source.kind === "doh" && !isKey) {
        this.note(name, { state: "withheld" });
        throw new Error("only names of keys are asked for");
      }
      this.onAsk(name);
      try {
        const answer = await this.answers.get(name, type, options);
        if (isKey) this.note(name, told(answer));
        return answer;
      } catch (error) {
        const trouble = options.signal.aborted ? "no answer in time" : this.told((error as Error).message);
        this.note(name, { state: "failed", trouble });
        throw error;
      }
    };
  }

  /** What went wrong, without the server's name, which is told beside it. */
  private told(message: string): string {
    const what = this.server === null ? message : message.replace(`${this.server}: `, "");
    return /^[A-Z]{5,}$/.test(what) ? `the server answered ${what}` : what;
  }

  private note(name: string, lookup: Partial<Lookup> & Pick<Lookup, "state">): void {
    this.lookups.set(name, {
      name,
      server: this.server,
      records: [],
      ttl: null,
      authenticated: null,
      aliases: [],
      trouble: null,
      ...lookup,
    });
  }
}

/** Answers of one source, each asked for once, for as long as the source is the same. */
export class Answers {
  private readonly kept = new Map<string, Promise<DnsAnswer>>();
  private readonly resolver: Resolver;

  constructor(readonly source: KeySource) {
    this.resolver = resolverOf(source);
  }

  get(...[name, type, options]: Parameters<Resolver>): Promise<DnsAnswer> {
    let answer = this.kept.get(name);
    if (!answer) {
      answer = Promise.resolve(this.resolver(name, type, options));
      this.kept.set(name, answer);
      // what failed may work the next time
      answer.then(
        (given) => told(given).state === "failed" && this.kept.delete(name),
        () => this.kept.delete(name),
      );
    }
    return answer;
  }
}

function resolverOf(source: KeySource): Resolver {
  switch (source.kind) {
    case "nobody":
      return () => Promise.reject(new Error("nobody was asked"));
    case "doh":
      return dohResolver({ url: source.url, fetch: frugalFetch });
    case "zone":
      return zoneResolver(source.text);
    case "records":
      return zoneResolver(source.records);
  }
}

/** Tells the server no more than the question, and lets it send nobody elsewhere. */
const frugalFetch: typeof fetch = (input, init) =>
  fetch(input, { ...init, credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" });

/** What an answer says. */
function told(answer: DnsAnswer): Partial<Lookup> & Pick<Lookup, "state"> {
  if (answer instanceof Uint8Array) {
    const reply = readDnsMessage(answer);
    if (!reply) return { state: "failed", trouble: "the answer is no DNS message" };
    const { rcode, records, ttl, authenticated, aliases } = reply;
    if (rcode !== 0 && rcode !== 3) return { state: "failed", trouble: trouble(rcode) };
    const state = records.length > 0 ? "found" : "absent";
    return { state, records, ttl, authenticated, aliases };
  }
  if (Array.isArray(answer)) return { state: answer.length > 0 ? "found" : "absent" };
  const records = answer.records.map((strings) =>
    strings.map((string) => (typeof string === "string" ? string : latin1(string))).join(""),
  );
  return {
    state: records.length > 0 ? "found" : "absent",
    records,
    ttl: answer.ttl ?? null,
    authenticated: answer.authenticated ?? null,
    aliases: answer.aliases ?? [],
  };
}

/** The common response codes in their names (RFC 1035 §4.1.1). */
function trouble(rcode: number): string {
  const name = { 1: "FORMERR", 2: "SERVFAIL", 4: "NOTIMP", 5: "REFUSED" }[rcode];
  return `the server answered ${name ?? `with code ${rcode}`}`;
}
