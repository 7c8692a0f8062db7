interface Policies {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

/** Trusted Types, where the browser has them: then nothing but this can name a script to be run. */
const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
const policy = policies?.createPolicy("waxseal-own-files", { createScriptURL: ofThisOrigin });

/** The address of a script that belongs to this page. */
export function ownFile(address: string): string {
  return policy?.createScriptURL(address) ?? ofThisOrigin(address);
}

function ofThisOrigin(address: string): string {
  if (new URL(address, document.baseURI).origin !== location.origin) {
    throw new TypeError(`not a script of this page: ${address}`);
  }
  return address;
}
