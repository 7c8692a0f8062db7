// Messages made to break a page: to run script in it, to draw over it, to read backwards, to stop it.

const head = (...fields) => Buffer.from(`${fields.join("\r\n")}\r\n`, "latin1");
const utf8 = (text) => Buffer.from(text, "utf8").toString("latin1");

/** Each tries to set `hacked` on the page, or to load something. */
const MARKUP = [
  "<script>globalThis.hacked = 1</script>",
  "<img src=x onerror='globalThis.hacked = 1'>",
  "<svg onload='globalThis.hacked = 1'></svg>",
  "<iframe src='javascript:parent.hacked = 1'></iframe>",
  "<a href='javascript:hacked = 1' id='planted'>click</a>",
  "</textarea></title></style><script>globalThis.hacked = 1</script>",
  "{{constructor.constructor('globalThis.hacked = 1')()}}",
  "<link rel=stylesheet href='https://evil.example/x.css'>",
  "<img src='https://evil.example/pixel.gif'>",
  "<base href='https://evil.example/'>",
  "<form action='https://evil.example/'><input name=planted></form>",
];

const encodedWord = (text) => `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`;

/** Markup in every place whose text the page shows: names, values, tags, results, the body. */
export function markup() {
  const fields = MARKUP.flatMap((text, n) => [
    `X-Markup-${n}: ${text}`,
    `X-Encoded-${n}: ${encodedWord(text)}`,
    `Comments: "${text.replaceAll('"', "'")}" <${n}@evil.example>`,
  ]);
  const m = MARKUP[1];
  return Buffer.concat([
    head(
      `Received: from ${MARKUP[0]} by ${MARKUP[1]} with SMTP; Fri, 20 Nov 2026 10:00:00 +0000`,
      `Authentication-Results: ${m}; dkim=pass (${MARKUP[2]}) header.d=evil.example reason="${MARKUP[0]}"`,
      `Authentication-Results: mx.example; dkim=pass reason="${MARKUP[0]}" header.d="${m}"`,
      `ARC-Authentication-Results: i=1; mx.example; dkim=fail reason="${m}"`,
      `DKIM-Signature: v=1; a=rsa-sha256; d=${MARKUP[0]}; s=${m}; i=${m}; h=From:${MARKUP[2]}; bh=AAAA; b=AAAA; z=Subject:${m}`,
      `DKIM-Signature: v=1; a=rsa-sha256; d=evil.example; s=s1; h=From:Subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA; z=From:${m}|Subject:${m}`,
      `From: ${MARKUP[0]} <a@test.example>`,
      `From: ${encodedWord(m)} <"${m}"@test.example>`,
      `Subject: ${encodedWord(MARKUP[0])}`,
      `Subject: ${m}`,
      `Date: ${MARKUP[1]}`,
      `Message-ID: <${MARKUP[0]}@test.example>`,
      ...fields,
    ),
    Buffer.from(`\r\n${MARKUP.join("\r\n")}\r\n`),
  ]);
}

/** Names that read backwards, and characters that cannot be seen (Unicode bidi controls, RFC 9839). */
export function bidi() {
  return head(
    utf8("From: \u202Emoc.elpmaxe@ecila\u202C <mallory@test.example>"),
    utf8("Subject: invoice\u202Efdp.exe \u2066\u2067\u2068\u2069 a\u200Bb\u200Ec\u200Fd\uFEFF"),
    `Reply-To: ${encodedWord("\u202Ereply\u202C")} <x@test.example>`,
    utf8("X-Cyrillic: раураl.example"),
    "",
    utf8("\u202Ebackwards\u202C"),
  );
}

/** More fields than anybody sends. */
export function manyFields(count) {
  const fields = Array.from({ length: count }, (_, n) => `X-Field-${n}: value ${n}`);
  return Buffer.concat([
    head("From: a@test.example", "Subject: many fields", ...fields),
    Buffer.from("\r\nbody\r\n"),
  ]);
}

/** NUL and other controls, in fields and body, and octets that are no UTF-8. */
export function controls() {
  return Buffer.concat([
    head(
      "From: a\0b@test.example",
      "Subject: nul \0 bell \x07 escape \x1b[31mred delete \x7f",
      "X-Latin: caf\xe9 \xff\xfe",
    ),
    Buffer.from("\r\nbody \0\0 \xff\x1b[2J\r\n", "latin1"),
  ]);
}

/** Lines far longer than RFC 5322 allows, without a place to break them. */
export function longLines(octets) {
  return Buffer.concat([
    head(`From: ${"a".repeat(2000)}@test.example`, `Subject: ${"W".repeat(20_000)}`, `X-${"Y".repeat(5000)}: z`),
    Buffer.from(`\r\n${"x".repeat(octets)}\r\n`),
  ]);
}

/** What is no message at all. */
export const nothing = {
  empty: Buffer.alloc(0),
  "blank lines": Buffer.from("\r\n\r\n\r\n"),
  "plain prose": Buffer.from("This is no message, only a sentence.\r\n"),
  "octets of a picture": Buffer.from("89504e470d0a1a0a0000000d49484452ffff0000", "hex"),
};

/** What no page may have in it afterwards. */
export async function planted(page) {
  return page.evaluate(() => ({
    hacked: globalThis.hacked ?? null,
    elements: [
      ...document.querySelectorAll(
        "#planted, [onerror], [onload], iframe, object, embed, base, form[action*=evil], " +
          "[href^='javascript:'], [src*='evil.example'], [href*='evil.example'], [name=planted]",
      ),
    ].map((element) => element.outerHTML),
    scripts: [...document.scripts].filter((script) => !script.src).length,
  }));
}
