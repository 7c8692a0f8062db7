import type { Reply, Request } from "../protocol.ts";
import { analyze, compareLast, warmUp } from "./analysis.ts";

const scope = self as unknown as DedicatedWorkerGlobalScope;
/** One message at a time: a new one ends the work on the one before. */
let current = new AbortController();

scope.addEventListener("message", (event: MessageEvent<Request>) => {
  current.abort();
  current = new AbortController();
  void serve(event.data, current.signal);
});

async function serve(request: Request, signal: AbortSignal): Promise<void> {
  if (request.kind === "cancel") return;
  const { id } = request;
  const tell = (reply: object) => {
    if (!signal.aborted) scope.postMessage({ ...reply, id } as Reply);
  };
  try {
    if (request.kind === "analyze") await analyze(request.analysis, signal, tell);
    else await compareLast(request.analysis, request.original, signal, tell);
    tell({ kind: "finished" });
  } catch (error) {
    tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
}

// What goes wrong here goes wrong again, and is told, when there is a message.
warmUp().then(
  () => scope.postMessage({ id: 0, kind: "finished" } satisfies Reply),
  () => {},
);
