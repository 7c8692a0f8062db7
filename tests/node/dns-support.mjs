// A name server's side of the DNS: what is asked, and answers with the keys of support.mjs.
import { KEYS } from "./support.mjs";

/** The name a query asks for. */
export function nameIn(query) {
  const labels = [];
  for (let at = 12; query[at]; at += query[at] + 1) {
    labels.push(Buffer.from(query.subarray(at + 1, at + 1 + query[at])).toString());
  }
  return labels.join(".");
}

/** The query turned into a response with the key, or with an rcode; there is nothing but keys. */
export function answered(query, { rcode = KEYS[nameIn(query)] ? 0 : 3 } = {}) {
  const strings = rcode ? [] : KEYS[nameIn(query)].match(/.{1,255}/g);
  const data = strings.flatMap((string) => [string.length, ...Buffer.from(string)]);
  const response = [...query.subarray(0, query.indexOf(0, 12) + 5)];
  response.splice(2, 10, 0x81, 0xa0 | rcode, 0, 1, 0, rcode ? 0 : 1, 0, 0, 0, 0);
  if (!rcode) response.push(0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 99, data.length >> 8, data.length & 255, ...data);
  return new Uint8Array(response);
}

/** A response of DNS over HTTPS. */
export const dnsMessage = (octets, init) =>
  new Response(octets, { headers: { "content-type": "application/dns-message" }, ...init });

/** A server of DNS over HTTPS: answers each query with what `reply` makes of it. */
export function server(reply) {
  const requests = [];
  const fetch = async (url, init) => {
    const request = new Request(url, init);
    const query =
      request.method === "POST"
        ? new Uint8Array(await request.arrayBuffer())
        : Buffer.from(new URL(url).searchParams.get("dns"), "base64url");
    requests.push({ request, query });
    return reply(query, request, requests.length);
  };
  return { fetch, requests };
}

/** Let everything happen that can happen by now. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));
