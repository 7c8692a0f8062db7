import workerUrl from "./worker/worker.ts?worker&url";

import { ownFile } from "./own-files.ts";
import type { Analysis, Reply, Request, Source } from "./protocol.ts";

/** The worker that reads and verifies, as the page sees it. One piece of work at a time. */
export class Engine {
  private worker: Worker | null = null;
  private lastId = 0;
  private hear: (reply: Reply) => void = () => {};

  /** Starts the worker, which makes itself ready for the first message. */
  start(): void {
    this.worker ??= this.newWorker();
  }

  /** Analyzes a message; what is still going on for another is ended. `hear` is given what is found. */
  analyze(analysis: Analysis, hear: (reply: Reply) => void): void {
    this.post({ kind: "analyze", id: ++this.lastId, analysis }, hear);
  }

  /** Compares what the last message hashes to with an original. */
  compare(original: Source, hear: (reply: Reply) => void): void {
    this.post({ kind: "compare", id: ++this.lastId, original }, hear);
  }

  /** Ends what is going on; nothing more is heard of it. */
  cancel(): void {
    this.lastId++;
    this.post({ kind: "cancel" }, () => {});
  }

  private post(request: Request, hear: (reply: Reply) => void): void {
    this.hear = hear;
    this.start();
    this.worker?.postMessage(request);
  }

  private newWorker(): Worker {
    const worker = new Worker(ownFile(workerUrl), { type: "module", name: "waxseal" });
    worker.addEventListener("message", (event: MessageEvent<Reply>) => {
      if (event.data.id === this.lastId) this.hear(event.data);
    });
    worker.addEventListener("error", (event) => {
      // Gone for good, for instance out of memory: the next message gets a new one.
      this.worker?.terminate();
      this.worker = null;
      const message = event.message || "The part of the page that checks messages could not be started.";
      this.hear({ id: this.lastId, kind: "failed", message });
    });
    return worker;
  }
}
