// Names the functions of a module by the places that they had better have, 000000 and so on, for
// wasm-opt --reorder-functions-by-name: next to those that they have most in common with, for deflate
// refers back to the last 32 KiB and no further. It makes some 2 % of what is gzipped.
//   wasm-order.mjs IN OUT
import { readFileSync, writeFileSync } from "node:fs";

/** What deflate sees of the functions before, a little less. */
const WINDOW = 30_000;

/** Octets in a row that count as something in common. */
const RUN = 6;

/** A run that more functions have is nothing special. */
const MOST = 200;

const [from, to] = process.argv.slice(2);
const module = readFileSync(from);
let at = 8;

/** An unsigned LEB128. */
function number() {
  let value = 0;
  let shift = 0;
  let octet;
  do {
    octet = module[at++];
    value += (octet & 127) * 2 ** shift;
    shift += 7;
  } while (octet & 128);
  return value;
}

/** Past octets that come with their number. */
function skip() {
  const octets = number();
  at += octets;
}

function leb(value) {
  const octets = [];
  for (; value > 127; value >>>= 7) octets.push((value & 127) | 128);
  return Buffer.from([...octets, value]);
}

/** How many functions are imported: they have the first indices. */
function countImports() {
  let functions = 0;
  for (let left = number(); left > 0; left--) {
    skip();
    skip();
    const kind = module[at++];
    if (kind === 0) functions++;
    if (kind === 1) at++; // a table begins with the type of its items
    if (kind === 0) number();
    else if (kind === 3) at += 2;
    else if (kind === 1 || kind === 2) {
      const hasMaximum = number() & 1;
      number();
      if (hasMaximum) number();
    } else throw new Error(`${from}: an import of kind ${kind}`);
  }
  return functions;
}

/** The sections but the names, and the function bodies. */
function read() {
  const kept = [module.subarray(0, 8)];
  const bodies = [];
  let imported = 0;
  while (at < module.length) {
    const start = at;
    const id = module[at++];
    const size = number();
    const end = at + size;
    let isKept = true;
    if (id === 2) imported = countImports();
    if (id === 10) {
      for (let left = number(); left > 0; left--) {
        const octets = number();
        bodies.push(module.subarray(at, (at += octets)));
      }
    }
    if (id === 0) {
      const octets = number();
      isKept = module.toString("latin1", at, at + octets) !== "name";
    }
    at = end;
    if (isKept) kept.push(module.subarray(start, end));
  }
  return { kept, bodies, imported };
}

/** For each function which others have how much in common with it; what is rare counts more. */
function likeness(bodies) {
  const holders = new Map();
  for (const [index, body] of bodies.entries()) {
    const runs = new Set();
    for (let place = 0; place + RUN <= body.length; place++) runs.add(body.readUIntBE(place, RUN));
    for (const run of runs) {
      const known = holders.get(run);
      if (known) known.push(index);
      else holders.set(run, [index]);
    }
  }
  const alike = bodies.map(() => new Map());
  for (const sharing of holders.values()) {
    if (sharing.length < 2 || sharing.length > MOST) continue;
    for (const one of sharing) {
      for (const other of sharing) {
        if (one !== other) alike[one].set(other, (alike[one].get(other) ?? 0) + 1 / sharing.length);
      }
    }
  }
  return alike;
}

/** One after the other, always the one that has most in common, for its size, with what is in sight. */
function arrange(bodies) {
  const alike = likeness(bodies);
  const score = new Float64Array(bodies.length);
  const order = [];
  const left = new Set(bodies.keys());
  let inSight = 0;
  let oldest = 0;
  let next = 0;
  while (left.size > 0) {
    left.delete(next);
    order.push(next);
    inSight += bodies[next].length;
    for (const [other, weight] of alike[next]) score[other] += weight;
    for (; inSight > WINDOW && oldest < order.length - 1; oldest++) {
      inSight -= bodies[order[oldest]].length;
      for (const [other, weight] of alike[order[oldest]]) score[other] -= weight;
    }
    let most = -Infinity;
    for (const one of left) {
      const worth = score[one] / bodies[one].length;
      if (worth > most) [most, next] = [worth, one];
    }
  }
  return order;
}

const { kept, bodies, imported } = read();
const places = [];
for (const [place, index] of arrange(bodies).entries()) places[index] = place;
const names = Array.from({ length: imported + bodies.length }, (_, index) => {
  const place = index < imported ? index : imported + places[index - imported];
  const name = Buffer.from(String(place).padStart(6, "0"));
  return Buffer.concat([leb(index), leb(name.length), name]);
});
const map = Buffer.concat([leb(names.length), ...names]);
const content = Buffer.concat([leb(4), Buffer.from("name"), Buffer.from([1]), leb(map.length), map]);
writeFileSync(to, Buffer.concat([...kept, Buffer.from([0]), leb(content.length), content]));
