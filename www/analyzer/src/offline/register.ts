import { ownFile } from "../own-files.ts";

/** Has the page's files kept for use without a network, where the browser can and the page is built. */
export async function keepForOffline(): Promise<void> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(ownFile("./sw.js"), { scope: "./" });
  } catch {
    // It is a convenience; private windows and plain http refuse it, and the page works without.
  }
}
