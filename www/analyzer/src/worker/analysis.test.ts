import { expect, test } from "vitest";

import index from "../../samples/index.json";
import type { Analysis, Reply } from "../protocol.ts";
import { explainFailure, judgeMessage } from "../words/verdict.ts";
import { toMarkdown } from "../words/markdown.ts";
import { analyze, compareLast } from "./analysis.ts";

/** The samples are ASCII, so that text is as good as octets. */
const FILES = import.meta.glob<string>("../../samples/*.{eml,zone}", {
  query: "?raw",
  import: "default",
  eager: true,
});

function sampleFile(name: string): string {
  const text = FILES[`../../samples/${name}`];
  if (text === undefined) throw new Error(`there is no sample ${name}`);
  return text;
}

const zone = sampleFile("keys.zone");
const signal = new AbortController().signal;

function analysisOf(source: Analysis["source"]): Analysis {
  return { source, range: null, keys: { kind: "zone", text: zone }, time: "now", extent: "auto" };
}

async function replies(source: Analysis["source"], more: Partial<Analysis> = {}) {
  const heard: Omit<Reply, "id">[] = [];
  await analyze({ ...analysisOf(source), ...more }, signal, (reply) => heard.push(reply));
  const find = <K extends Reply["kind"]>(kind: K) =>
    heard.find((reply) => (reply as Reply).kind === kind) as Extract<Reply, { kind: K }> | undefined;
  return {
    verdict: find("verdict")?.verdict,
    details: find("details")?.details,
    diagnosis: find("diagnosis")?.diagnosis ?? null,
    mailbox: find("mailbox")?.entries,
  };
}

async function run(...what: Parameters<typeof replies>) {
  const { verdict, ...rest } = await replies(...what);
  if (!verdict) throw new Error("no verdict came");
  return { verdict, ...rest };
}

const file = (text: string): Analysis["source"] => ({
  kind: "file",
  file: new Blob([text]),
  name: "test.eml",
});
const sample = (name: string) => file(sampleFile(name));
const asText = (name: string): Analysis["source"] => ({
  kind: "text",
  text: sampleFile(name).replaceAll("\r\n", "\n"),
});

test.each(index)("the sample $file has the result that its index tells", async ({ file: name, expected }) => {
  const { verdict, details } = await run(sample(name));
  expect(verdict.report.result).toBe(expected.result);
  expect(verdict.report.signatures.map(({ domain, result, reason }) => ({ domain, result, reason }))).toEqual(
    expected.signatures,
  );
  const { tone } = judgeMessage(verdict);
  const isGood = expected.result === "pass" && expected.aligned === "strict";
  expect(tone === "good").toBe(isGood);
  expect(details?.report.signatures.every(({ trace }) => trace.length > 0)).toBe(true);
});

test("the verdict says what a person wants to know", async () => {
  expect(judgeMessage((await run(sample("pass.eml"))).verdict)).toEqual({
    tone: "good",
    label: "Verified",
    sentence:
      "baeckerei.example signed the sender, recipients, subject, date and the whole body; nothing of it has changed since.",
  });
  const forged = judgeMessage((await run(sample("forged-author.eml"))).verdict);
  expect(forged.tone).toBe("caution");
  expect(forged.sentence).toContain("has not signed it: who wrote it is not proved.");
});

test("pasted text gets back its line ends, which is said", async () => {
  const { verdict } = await run(asText("pass.eml"));
  expect(verdict.report.result).toBe("pass");
  expect(verdict.notices).toEqual([{ code: "lineEndsRestored", was: "LF", pasted: true }]);
});

test("what copying put in front of pasted text is left out, which is said", async () => {
  const text = `\uFEFF\n\n${sampleFile("pass.eml")}`;
  const { verdict } = await run({ kind: "text", text });
  expect(verdict.report.result).toBe("pass");
  expect(verdict.notices.map((notice) => notice.code)).toEqual(["frontRemoved", "frontRemoved"]);
});

test("a header alone is judged as that, whether or not the empty line is there", async () => {
  const whole = sampleFile("pass.eml");
  const header = whole.slice(0, whole.indexOf("\r\n\r\n") + 2);
  for (const text of [header, `${header}\r\n`]) {
    const { verdict } = await run(file(text));
    expect(verdict.extent).toBe("header");
    expect(verdict.report.signatures[0]?.reason).toBe("bodyNotChecked");
    expect(judgeMessage(verdict)).toMatchObject({ tone: "caution", label: "Header verified" });
    expect(verdict.notices).toContainEqual({ code: "headerAlone" });
  }
  const asked = await run(file(header), { extent: "whole" });
  expect(asked.verdict.report.result).toBe("fail");
});

test("nobody is asked unless the person says so; the names are told", async () => {
  const { verdict, details } = await run(sample("pass.eml"), { keys: { kind: "nobody" } });
  expect(verdict.lookups.map(({ state }) => state)).toEqual(["unasked"]);
  expect(judgeMessage(verdict)).toMatchObject({ tone: "unknown", label: "Key not looked up" });
  expect(details?.keys).toEqual({});
});

test("of a server nothing but names of keys is asked", async () => {
  const asked: string[] = [];
  const before = globalThis.fetch;
  globalThis.fetch = (input) => {
    asked.push(String(input));
    return Promise.resolve(new Response(null, { status: 503 }));
  };
  try {
    const reporting = sampleFile("pass.eml").replace("DKIM-Signature: ", "DKIM-Signature: r=y; ");
    const keys = { kind: "doh" as const, url: "https://dns.example/dns-query" };
    const { verdict } = await run(file(reporting), { keys });
    // once more after trouble, and of the same name
    expect(new Set(asked).size).toBe(1);
    expect(verdict.lookups.map(({ name, state }) => [name.split(".")[0], state])).toContainEqual([
      "_report",
      "withheld",
    ]);
    expect(
      verdict.lookups.some(({ state, trouble }) => state === "failed" && /503/.test(trouble ?? "")),
    ).toBe(true);
  } finally {
    globalThis.fetch = before;
  }
});

test("records that were pasted are keys", async () => {
  const name =
    (await run(sample("ed25519.eml"), { keys: { kind: "nobody" } })).verdict.lookups[0]?.name ?? "";
  const { verdict } = await run(sample("ed25519.eml"), {
    keys: { kind: "records", records: { [name]: "v=DKIM1; p=" } },
  });
  expect(verdict.report.signatures[0]?.reason).toBe("keyRevoked");
});

test("a mailbox of several gives a choice, and the chosen message is unquoted; of one, no choice", async () => {
  const message = sampleFile("pass.eml");
  const one = `From a@example.com Sat Nov 14 09:31:12 2026\r\n${message}\r\n`;
  const { mailbox, verdict } = await replies(file(one + one));
  expect(verdict).toBe(undefined);
  expect(mailbox).toHaveLength(2);
  expect((await run(file(one + one), { range: mailbox?.[1] ?? null })).verdict.report.result).toBe("pass");
  expect((await run(file(one))).verdict.report.result).toBe("pass");
});

test("an original is compared with what arrived, though it lacks the signature", async () => {
  const source = sample("modified-body.eml");
  const analysis = analysisOf(source);
  await run(source);
  const arrived = sampleFile("modified-body.eml");
  const heard: Reply[] = [];
  const without = arrived.replace(/^DKIM-Signature:[^]*?\r\n(?=\S)/m, "");
  await compareLast(analysis, { kind: "text", text: without }, signal, (reply) => heard.push(reply as Reply));
  const reply = heard[0];
  if (reply?.kind !== "comparison") throw new Error("no comparison came");
  const [signature] = reply.comparison.signatures;
  expect(signature).toMatchObject({
    index: 0,
    verifies: false,
    header: { isSame: true },
    body: { isSame: true },
  });
});

test("Markdown of a hostile message is inert", async () => {
  const hostile =
    "From: [x](javascript:alert(1)) <script>alert(1)</script> | `a`\r\nSubject: \u202E*x*\r\n\r\nx";
  const { verdict } = await run(file(hostile));
  const markdown = toMarkdown(verdict);
  expect(markdown).not.toContain("<script>");
  expect(markdown).not.toMatch(/[^\\]\[x\]/);
  expect(markdown).not.toContain("\u202E");
});

test("with l= the end of the body that is not signed is shown apart", async () => {
  const { details } = await run(sample("length-append.eml"));
  const [tail] = details?.tails ?? [];
  const body = sampleFile("length-append.eml").split("\r\n\r\n").slice(1).join("\r\n\r\n");
  expect(tail?.index).toBe(0);
  expect(new TextDecoder().decode(tail?.octets)).toBe(body.slice(127));
});

test("what a list did to the author's signature is told, and is no pass", async () => {
  const { verdict, diagnosis } = await run(sample("mailing-list.eml"));
  expect(explainFailure(verdict, diagnosis)).toBe(
    'The signature of gartenfreunde.example was broken on the way. It would verify without "[garden]" in Subject and without the 3 lines appended at the end.',
  );
  expect(judgeMessage(verdict).tone).toBe("caution");
});

test("where nothing fails nothing is explained", async () => {
  for (const name of ["pass.eml", "expired.eml", "weak-key.eml", "dns-trouble.eml"]) {
    expect((await run(sample(name))).diagnosis).toBe(null);
  }
});

test("a header that cannot be read for what copying did to it", async () => {
  const damaged = sampleFile("pass.eml").replace(/\r\n[ \t]+/g, "\r\n");
  const { verdict, diagnosis } = await run(file(damaged));
  expect(judgeMessage(verdict)).toMatchObject({ tone: "bad", label: "Message damaged" });
  expect(diagnosis?.message.map(({ hypothesis }) => hypothesis)).toContain("lostIndentation");
});

test("a file of Outlook's own is told to be none of a message", async () => {
  const octets = Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0]);
  const source = { kind: "file", file: new Blob([octets]), name: "a.msg" } as const;
  await expect(run(source)).rejects.toThrow(/\.eml/);
});

test("an old message can be judged for when it was received", async () => {
  expect((await run(sample("expired.eml"))).verdict.report.signatures[0]?.reason).toBe("expired");
  const { verdict } = await run(sample("expired.eml"), { time: "received" });
  expect(verdict.report.result).toBe("pass");
});
