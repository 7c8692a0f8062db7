import workerUrl from "./worker/worker.ts?worker&url";

import { ownFile } from "./own-files.ts";
import type { Analysis, Reply, Request, Source } from "./protocol.ts";

/** The worker that reads and verifies, as the page sees it. One piece of work at a time. */
export class Engine {
  private worker: Worker | null = null;
  private lastId = 0;
  /** Whether the worker is at something that it cannot interrupt. */
  private isDeaf = false;
  private hear: (reply: Reply) => void = () => {};

  /** Starts the worker, which makes itself ready for the first message. */
  start(): void {
    this.worker ??= this.newWorker();
  }

  /** Analyzes a message; what is still going on for another is ended. `hear` is given what is found. */
  analyze(analysis: Analysis, hear: (reply: Reply) => void): void {
    this.interrupt();
    this.post({ kind: "analyze", id: ++this.lastId, analysis }, hear);
  }

  /** Compares what a message hashes to with an original. */
  compare(analysis: Analysis, original: Source, hear: (reply: Reply) => void): void {
    this.post({ kind: "compare", id: ++this.lastId, analysis, original }, hear);
  }

  /** Ends what is going on; nothing more is heard of it. */
  cancel(): void {
    this.interrupt();
    this.lastId++;
    this.post({ kind: "cancel" }, () => {});
  }

  /** A worker that would not hear is replaced. */
  private interrupt(): void {
    if (!this.isDeaf) return;
    this.stop();
    this.start();
  }

  private post(request: Request, hear: (reply: Reply) => void): void {
    this.hear = hear;
    this.start();
    this.worker?.postMessage(request);
  }

  private stop(): void {
    this.worker?.terminate();
    this.worker = null;
    this.isDeaf = false;
  }

  private newWorker(): Worker {
    const worker = new Worker(ownFile(workerUrl), { type: "module", name: "waxseal" });
    worker.addEventListener("message", (event: MessageEvent<Reply>) => {
      const reply = event.data;
      this.isDeaf = reply.kind === "progress" && reply.phase === "why";
      if (reply.id === this.lastId) this.hear(reply);
    });
    worker.addEventListener("error", (event) => {
      // Gone for good, for instance out of memory: the next message gets a new one.
      this.stop();
      const message = event.message || "The part of the page that checks messages could not be started.";
      this.hear({ id: this.lastId, kind: "failed", message });
    });
    return worker;
  }
}
