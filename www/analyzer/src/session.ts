import type { Diagnosis } from "waxseal/diagnose";

import type { Engine } from "./engine.ts";
import type {
  Analysis,
  Comparison,
  Details,
  KeySource,
  MailboxEntry,
  Phase,
  Range,
  Reply,
  Source,
  Verdict,
} from "./protocol.ts";
import { openSample, sampleKeys, type Sample } from "./samples.ts";

/** What is seen on the page. */
export interface State {
  /** The message or file at hand; null before there is one. */
  given: Given | null;
  /** The messages of a file of several; null where it is one message. */
  mailbox: MailboxEntry[] | null;
  /** What is going on; null where nothing is. */
  progress: { phase: Phase; done: number; total: number } | null;
  verdict: Verdict | null;
  details: Details | null;
  /** Why signatures fail. */
  diagnosis: Diagnosis | null;
  /** The last original that the message was compared with. */
  comparison: Comparison | null;
  failure: string | null;
  /** Whom the person lets be asked for keys. Nobody, until they choose. */
  keys: KeySource;
  time: Analysis["time"];
  extent: Analysis["extent"];
}

/** A message or file that was given. */
export interface Given {
  source: Source;
  /** What to call it. */
  name: string;
  /** Which message of a file of several. */
  range: Range | null;
  /** The keys that a sample brings. */
  keys: KeySource | null;
}

const EMPTY: State = {
  given: null,
  mailbox: null,
  progress: null,
  verdict: null,
  details: null,
  diagnosis: null,
  comparison: null,
  failure: null,
  keys: { kind: "nobody" },
  time: "now",
  extent: "auto",
};

/** One visit to the page: what was given, what was chosen, and what came of it. */
export class Session {
  state: State = EMPTY;
  private listener: (state: State) => void = () => {};
  /** What is heard while a verdict is about to be painted; null where none is. */
  private held: Reply[] | null = null;

  constructor(private readonly engine: Engine) {}

  /** Has every change told to `listener`. */
  subscribe(listener: (state: State) => void): void {
    this.listener = listener;
  }

  paste(text: string): void {
    if (text.trim() === "") return;
    this.take({ source: { kind: "text", text }, name: "Pasted message", range: null, keys: null });
  }

  open(file: File): void {
    const source: Source = { kind: "file", file, name: file.name };
    this.take({ source, name: file.name, range: null, keys: null });
  }

  async openSample(sample: Sample): Promise<void> {
    try {
      const [file, keys] = await Promise.all([openSample(sample), sampleKeys()]);
      const source: Source = { kind: "file", file, name: sample.file };
      this.take({ source, name: `Sample: ${sample.title}`, range: null, keys });
    } catch (error) {
      this.change({ ...this.cleared(), failure: (error as Error).message });
    }
  }

  /** Chooses one message of a file of several. */
  choose(entry: MailboxEntry): void {
    const { given } = this.state;
    if (!given) return;
    const range = { start: entry.start, end: entry.end };
    this.change({ given: { ...given, range }, extent: "auto" });
    this.analyze();
  }

  /** Back to the list of the messages of a file. */
  backToMailbox(): void {
    const { given, mailbox } = this.state;
    if (!given || !mailbox) return;
    this.engine.cancel();
    this.held = null;
    this.change({ ...this.cleared(), given: { ...given, range: null }, mailbox });
  }

  setKeys(keys: KeySource): void {
    const { given } = this.state;
    // who chooses wants it for the message at hand, even a sample
    this.change({ keys, given: given && { ...given, keys: null } });
    this.again();
  }

  setTime(time: State["time"]): void {
    this.change({ time });
    this.again();
  }

  setExtent(extent: State["extent"]): void {
    this.change({ extent });
    this.again();
  }

  /** Compares the message with an original. */
  compare(original: Source): void {
    const analysis = this.analysis();
    if (!analysis) return;
    this.change({ comparison: null, failure: null });
    this.engine.compare(analysis, original, (reply) => this.hear(reply));
  }

  /** Ends what is going on. */
  cancel(): void {
    const { verdict, mailbox } = this.state;
    this.engine.cancel();
    this.held = null;
    if (verdict) this.change({ progress: null });
    else if (mailbox) this.backToMailbox();
    else this.change(this.cleared());
  }

  /** Forgets the message. */
  clear(): void {
    this.engine.cancel();
    this.held = null;
    this.change(this.cleared());
  }

  private take(given: Given): void {
    this.change({ ...this.cleared(), given });
    this.analyze();
  }

  /** Judges the message at hand anew. */
  again(): void {
    const { given, mailbox } = this.state;
    if (given && (!mailbox || given.range)) this.analyze();
  }

  private analyze(): void {
    const analysis = this.analysis();
    if (!analysis) return;
    this.held = null;
    this.change({
      verdict: null,
      details: null,
      diagnosis: null,
      comparison: null,
      failure: null,
      progress: { phase: "message", done: 0, total: 0 },
      ...(analysis.range ? {} : { mailbox: null }),
    });
    this.engine.analyze(analysis, (reply) => this.hear(reply));
  }

  private analysis(): Analysis | null {
    const { given, keys, time, extent } = this.state;
    return given && { source: given.source, range: given.range, keys: given.keys ?? keys, time, extent };
  }

  private hear(reply: Reply): void {
    if (this.held) {
      this.held.push(reply);
      return;
    }
    switch (reply.kind) {
      case "progress":
        return this.change({ progress: { phase: reply.phase, done: reply.done, total: reply.total } });
      case "mailbox":
        return this.change({ mailbox: reply.entries });
      case "verdict":
        this.change({ verdict: reply.verdict });
        return this.hold();
      case "details":
        return this.change({ details: reply.details });
      case "diagnosis":
        return this.change({ diagnosis: reply.diagnosis });
      case "comparison":
        return this.change({ comparison: reply.comparison });
      case "finished":
        return this.change({ progress: null });
      case "failed":
        return this.change({ progress: null, failure: reply.message });
    }
  }

  /** Lets the verdict be seen before the rest is worked into the page. */
  private hold(): void {
    const held: Reply[] = [];
    this.held = held;
    afterPaint(() => {
      if (this.held !== held) return; // there is another message by now
      this.held = null;
      for (const reply of held) this.hear(reply);
    });
  }

  private cleared(): State {
    const { keys, time } = this.state;
    return { ...EMPTY, keys, time };
  }

  private change(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    this.listener(this.state);
  }
}

/** Calls when the page has been drawn anew, or after a while where it is not being drawn (a tab behind). */
function afterPaint(then: () => void): void {
  const late = setTimeout(then, 250);
  requestAnimationFrame(() => {
    clearTimeout(late);
    // a task of its own comes after the painting
    setTimeout(then);
  });
}
