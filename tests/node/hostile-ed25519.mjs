// Ed25519 keys and signatures that programs disagree about: points of small or mixed order, encodings
// that are not the shortest, scalars beyond the order (RFC 8032 §5.1, §8.4). Plain arithmetic, slow.
import { createHash } from "node:crypto";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (a, m = P) => ((a % m) + m) % m;

function power(base, exponent) {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) result = mod(result * b);
  return result;
}
const inverse = (a) => power(a, P - 2n);

const D = mod(-121665n * inverse(121666n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);
const IDENTITY = [0n, 1n];

function add([x1, y1], [x2, y2]) {
  const k = mod(D * mod(x1 * x2) * mod(y1 * y2));
  return [mod((x1 * y2 + x2 * y1) * inverse(1n + k)), mod((y1 * y2 + x1 * x2) * inverse(1n - k))];
}
function times(scalar, point) {
  let sum = IDENTITY;
  for (let p = point, n = scalar; n > 0n; n >>= 1n, p = add(p, p)) if (n & 1n) sum = add(sum, p);
  return sum;
}

function xOf(y, sign) {
  const square = mod((y * y - 1n) * inverse(D * y * y + 1n));
  let x = power(square, (P + 3n) / 8n);
  if (mod(x * x) !== square) x = mod(x * ROOT_OF_MINUS_ONE);
  if (mod(x * x) !== square) throw new Error("no point");
  return (x & 1n) === BigInt(sign) ? x : mod(-x);
}
const BASE = [xOf(mod(4n * inverse(5n)), 0), mod(4n * inverse(5n))];

const octets = (number) => Uint8Array.from({ length: 32 }, (_, i) => Number((number >> BigInt(8 * i)) & 255n));
const number = (array) => array.reduceRight((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
const encode = ([x, y]) => octets(y | ((x & 1n) << 255n));
const join = (point, scalar) => Uint8Array.from([...point, ...octets(scalar)]);

/** A point of order eight; its multiples are all points of small order. */
const TORSION = (() => {
  // Any point times L is of small order; some are of order eight.
  for (let y = 2n; ; y++) {
    try {
      const point = times(L, [xOf(y, 0), y]);
      if (times(4n, point)[1] !== 1n) return point;
    } catch {
      // That was no y of a point.
    }
  }
})();

const SMALL = Array.from({ length: 8 }, (_, i) => encode(times(BigInt(i), TORSION)));
// The same points with the sign of x = 0, and y + p where that still has 255 bits.
const ODD = [
  octets(1n | (1n << 255n)),
  octets((P - 1n) | (1n << 255n)),
  ...[P, P + 1n].flatMap((y) => [octets(y), octets(y | (1n << 255n))]),
];
/** Every encoding of every point of small order. */
export const SMALL_ORDER = [...SMALL, ...ODD];

const SECRET = 0x1234567890abcdef1234567890abcdefn * 8n + 5n;
const PUBLIC = times(SECRET, BASE);

const challenge = (point, key, message) =>
  number(createHash("sha512").update(point).update(key).update(message).digest()) % L;

/** RFC 8032's equation made true by the secret, with a key and a point encoded as one likes. */
function signed(key, message, nonce, twist = IDENTITY) {
  const point = encode(add(times(nonce, BASE), twist));
  const k = challenge(point, key, message);
  return { k, signature: join(point, mod(nonce + k * SECRET, L)) };
}

/**
 * Pairs of a key and what makes a signature of a message with it, by name.
 *
 * @type {Record<string, { key: Uint8Array, sign(message: Uint8Array): Uint8Array }>}
 */
export const HOSTILE = {
  "a key like any other": { key: encode(PUBLIC), sign: (message) => signed(encode(PUBLIC), message, 77n).signature },
  "a scalar one order further": {
    key: encode(PUBLIC),
    sign(message) {
      const { signature } = signed(encode(PUBLIC), message, 77n);
      return join(signature.subarray(0, 32), number(signature.subarray(32)) + L);
    },
  },
  "a point of no curve": {
    key: encode(PUBLIC),
    sign: () => join(octets(2n), 1n),
  },
  "a key of no curve": { key: octets(2n), sign: (message) => signed(octets(2n), message, 77n).signature },
  "zeros": { key: new Uint8Array(32), sign: () => new Uint8Array(64) },
};

SMALL_ORDER.forEach((key, index) => {
  // With A and R of small order and S = 0 the equation holds for one message in eight or for all.
  HOSTILE[`a key of small order, ${index}`] = { key, sign: () => join(SMALL[0], 0n) };
  HOSTILE[`a key of small order, ${index}, with a point like any other`] = {
    key,
    sign: () => join(encode(times(99n, BASE)), 99n),
  };
  HOSTILE[`a point of small order, ${index}`] = {
    key: encode(PUBLIC),
    sign: (message) => join(key, mod(challenge(key, encode(PUBLIC), message) * SECRET, L)),
  };
});

for (const order of [1n, 2n, 4n]) {
  // A = aB + T. Where k is a multiple of T's order, T does not show; where it is none, it only shows
  // to those who do not multiply by eight.
  const twist = times(order, TORSION);
  const key = encode(add(PUBLIC, twist));
  const find = (message, isHidden) => {
    for (let nonce = 100n; ; nonce++) {
      const { k, signature } = signed(key, message, nonce);
      if ((k % (8n / order) === 0n) === isHidden) return signature;
    }
  };
  HOSTILE[`a key of mixed order, ${8n / order}, that does not show`] = { key, sign: (message) => find(message, true) };
  HOSTILE[`a key of mixed order, ${8n / order}, that shows`] = { key, sign: (message) => find(message, false) };
  HOSTILE[`a point of mixed order, ${8n / order}`] = {
    key: encode(PUBLIC),
    sign: (message) => signed(encode(PUBLIC), message, 77n, twist).signature,
  };
}
