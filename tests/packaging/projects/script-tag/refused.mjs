import { verify } from "/node_modules/waxseal/index.js";

globalThis.outcome = verify("").catch(({ name, code, message }) => ({ name, code, message }));
