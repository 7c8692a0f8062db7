// Keeps the page's own files, so that it works without a network. It never sees a message, and it hands on
// untouched what goes to another origin: the lookups.

/** The build puts the list of files and their version here; see build/offline.ts. */
const LIST = "__WAXSEAL_FILES__";

interface Files {
  version: string;
  files: string[];
}

const scope = self as unknown as ServiceWorkerGlobalScope;
const { version, files } = JSON.parse(LIST) as Files;
const PREFIX = `waxseal-analyzer ${scope.registration.scope} `;
const CACHE = PREFIX + version;

scope.addEventListener("install", (event) => {
  event.waitUntil(keepAll());
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers());
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = request.method === "GET" && request.url.startsWith(scope.registration.scope);
  if (isOurs) event.respondWith(kept(request));
});

async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  // past the browser's own cache, which may have an older file under the name
  await cache.addAll(files.map((file) => new Request(file, { cache: "reload" })));
  // It waits until pages of the version before are closed, for they may still ask for files of theirs.
}

async function dropOthers(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  }
  await scope.clients.claim();
}

async function kept(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const find = (what: Request | string) => cache.match(what, { ignoreSearch: true, ignoreVary: true });
  const found = (await find(request)) ?? (request.mode === "navigate" ? await find("index.html") : undefined);
  return found ?? fetch(request);
}
