import { readFileSync } from "node:fs";

/** Prints how many times a second `verify` takes the message, which must pass each time. */
export async function measure(name, file, key, seconds, verify) {
  const message = readFileSync(file);
  const record = readFileSync(key, "latin1");
  let count = 0;
  let since = performance.now();
  let warm = false;
  for (;;) {
    if (!(await verify(message, record))) throw new Error(`${name}: the message does not pass`);
    count++;
    const took = (performance.now() - since) / 1000;
    if (!warm && took > seconds / 3) {
      // What the just-in-time compiler needs is not counted.
      warm = true;
      count = 0;
      since = performance.now();
    } else if (warm && took > seconds) {
      console.log(`${name.padEnd(34)} ${(count / took).toFixed(0).padStart(10)}`);
      return;
    }
  }
}
