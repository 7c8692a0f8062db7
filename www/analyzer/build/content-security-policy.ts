import type { Plugin } from "vite";

/**
 * What the page may do. A server that sends the same as a header field binds the worker, too, which a
 * `meta` element does not reach; docs/analyzer.md says so.
 *
 * `connect-src` names no server, since the person chooses one. Plain http is open to the machine itself
 * only, for a resolver that runs there: nothing can leave the machine by it.
 */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'none'",
  "connect-src 'self' https: http://127.0.0.1:* http://localhost:*",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types waxseal-own-files",
].join("; ");

/** Puts the policy into the built page; the development server needs what it forbids. */
export function contentSecurityPolicy(): Plugin {
  return {
    name: "waxseal-content-security-policy",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: () => [
        {
          tag: "meta",
          attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
          injectTo: "head-prepend",
        },
      ],
    },
  };
}
