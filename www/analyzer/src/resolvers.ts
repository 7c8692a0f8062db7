/** A public DNS over HTTPS server that takes questions from web pages (CORS), which not all do. */
export interface KnownServer {
  id: string;
  name: string;
  url: string;
}

export const KNOWN_SERVERS: KnownServer[] = [
  { id: "cloudflare", name: "Cloudflare", url: "https://cloudflare-dns.com/dns-query" },
  { id: "google", name: "Google", url: "https://dns.google/dns-query" },
  { id: "ffmuc", name: "Freifunk München", url: "https://doh.ffmuc.net/dns-query" },
];

/** The address of a server of one's own; null where it cannot be one. */
export function serverAddress(text: string): string | null {
  if (!URL.canParse(text.trim())) return null;
  const url = new URL(text.trim());
  const isHere = url.hostname === "127.0.0.1" || url.hostname === "localhost";
  // Plain http would tell the names to everybody on the way, but for a server on this very machine.
  const isAllowed = url.protocol === "https:" || (url.protocol === "http:" && isHere);
  return isAllowed && url.username === "" && url.password === "" ? url.href : null;
}
