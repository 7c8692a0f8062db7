// Where the odds of each kind of decision stand, all in one array. A state is what the last four steps
// were, 0 to 11; what depends on a place's alignment is not here, for the packing has it left out (pb=0).
const IS_COPY = 0;
const IS_REPEATED = 12;
const IS_NOT_LAST = 24;
const IS_NOT_SECOND = 36;
const IS_NOT_THIRD = 48;
const IS_LONG = 60;
const LENGTH = 72;
const LENGTH_REPEATED = LENGTH + 288;
const SLOT = LENGTH_REPEATED + 288;
const DISTANCE = SLOT + 256;
const ALIGN = DISTANCE + 128;
const LITERAL = ALIGN + 16;
const ALL = LITERAL + 8 * 768;

/**
 * Unpacks raw LZMA (lc=3, lp=0, pb=0) that is known to be whole and right: pkg-scripts/npm-package has
 * made it, and the tests compare what comes out.
 *
 * @param {Uint8Array} packed
 * @param {number} size  how many octets come out
 * @returns {Uint8Array}
 */
export function unlzma(packed, size) {
  const out = new Uint8Array(size);
  const odds = new Uint16Array(ALL).fill(1024);
  let at = 0;
  let next = 5;
  let code = new DataView(packed.buffer, packed.byteOffset).getUint32(1);
  let range = 0xffffffff;

  const refill = () => {
    if (range >= 0x1000000) return;
    range = (range << 8) >>> 0;
    code = ((code << 8) | packed[next++]) >>> 0;
  };
  /** A decision that is learned by experience. */
  const bit = (place) => {
    const odd = odds[place];
    const bound = (range >>> 11) * odd;
    const isOne = code >= bound;
    if (isOne) {
      range -= bound;
      code -= bound;
      odds[place] = odd - (odd >>> 5);
    } else {
      range = bound;
      odds[place] = odd + ((2048 - odd) >>> 5);
    }
    refill();
    return isOne ? 1 : 0;
  };
  /** Bits of even odds. */
  const plain = (count) => {
    let value = 0;
    while (count--) {
      range >>>= 1;
      const one = code >= range ? 1 : 0;
      if (one) code -= range;
      refill();
      value = (value << 1) | one;
    }
    return value;
  };
  /** Bits each of which is learned beside those before it, the highest first. */
  const tree = (place, count) => {
    let node = 1;
    for (let i = 0; i < count; i++) node = (node << 1) | bit(place + node);
    return node - (1 << count);
  };
  /** The same, the lowest first. */
  const reversed = (place, count) => {
    let node = 1;
    let value = 0;
    for (let i = 0; i < count; i++) {
      const one = bit(place + node);
      node = (node << 1) | one;
      value |= one << i;
    }
    return value;
  };
  const length = (place) => {
    if (!bit(place)) return tree(place + 2, 3);
    if (!bit(place + 1)) return 8 + tree(place + 16, 3);
    return 16 + tree(place + 32, 8);
  };
  const literal = (state, last) => {
    const place = LITERAL + 768 * (at ? out[at - 1] >> 5 : 0);
    let node = 1;
    if (state > 6) {
      // Behind a copy it is another octet than would have gone on with it.
      let other = out[at - last - 1];
      let isSame = true;
      while (isSame && node < 256) {
        const expected = other >> 7;
        const one = bit(place + ((1 + expected) << 8) + node);
        node = (node << 1) | one;
        other = (other << 1) & 255;
        isSame = one === expected;
      }
    }
    while (node < 256) node = (node << 1) | bit(place + node);
    out[at++] = node;
  };
  const distance = (length) => {
    const slot = tree(SLOT + 64 * Math.min(length, 3), 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << bits;
    if (slot < 14) return base + reversed(DISTANCE + base - slot, bits);
    return base + (plain(bits - 4) << 4) + reversed(ALIGN, 4);
  };

  let state = 0;
  // The last distances, each less one.
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  while (at < size) {
    if (!bit(IS_COPY + state)) {
      literal(state, first);
      state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
      continue;
    }
    const wasLiteral = state < 7;
    let count;
    if (!bit(IS_REPEATED + state)) {
      count = 2 + length(LENGTH);
      fourth = third;
      third = second;
      second = first;
      first = distance(count - 2);
      state = wasLiteral ? 7 : 10;
    } else {
      let isLong = true;
      if (!bit(IS_NOT_LAST + state)) isLong = bit(IS_LONG + state) === 1;
      else {
        let far = second;
        if (bit(IS_NOT_SECOND + state)) {
          far = third;
          if (bit(IS_NOT_THIRD + state)) {
            far = fourth;
            fourth = third;
          }
          third = second;
        }
        second = first;
        first = far;
      }
      count = isLong ? 2 + length(LENGTH_REPEATED) : 1;
      state = wasLiteral ? (isLong ? 8 : 9) : 11;
    }
    for (; count > 0; count--, at++) out[at] = out[at - first - 1];
  }
  return out;
}
