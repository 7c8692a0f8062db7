/** Prints how many times a second `once` does its work, which must succeed each time. */
export async function measure(name, seconds, once) {
  let count = 0;
  let since = performance.now();
  let warm = false;
  for (;;) {
    if (!(await once())) throw new Error(`${name}: it does not work`);
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
