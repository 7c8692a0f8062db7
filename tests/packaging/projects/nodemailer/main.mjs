// Messages that nodemailer has composed go straight in, whatever form it gives them; and it sends what
// was signed here, octet for octet.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import nodemailer from "nodemailer";
import MailComposer from "nodemailer/lib/mail-composer";
import { createSigner, generateKeyPair, sign, verify } from "waxseal";
import { zoneResolver } from "waxseal/zone";

const names = { domain: "example.com", selector: "s1" };
const { privateKey, record } = await generateKeyPair({ type: "rsa", ...names });
const resolver = zoneResolver({ "s1._domainkey.example.com": record });
const signatures = [{ ...names, key: privateKey }];
const mail = {
  from: "Joe <joe@example.com>",
  to: "suzie@example.net",
  subject: "Zażółć gęślą jaźń",
  text: "Grüße\n.\nsecond line \n\n",
  html: "<p>Grüße</p>",
  attachments: [{ filename: "a.bin", content: Buffer.alloc(100_000, 7) }],
};
const passes = async (message, what) => {
  const { result, signatures: [first], warnings } = await verify(message, { resolver });
  assert.equal(result, "pass", `${what}: ${first?.explanation ?? "no signature"}`);
  assert.deepEqual(warnings, [], what);
};

// Signed by nodemailer, verified here: as a stream and as a Buffer.
const dkim = { domainName: names.domain, keySelector: names.selector, privateKey };
for (const options of [{ newline: "windows" }, { newline: "windows", buffer: true }]) {
  const { message } = await nodemailer.createTransport({ streamTransport: true, ...options, dkim }).sendMail(mail);
  await passes(message, `nodemailer's signature, ${JSON.stringify(options)}`);
}

// Composed by nodemailer, signed here; whatever its line ends are.
for (const options of [{}, { newline: "windows" }, { newline: "unix" }, { newline: "unix", buffer: true }]) {
  const { message } = await nodemailer.createTransport({ streamTransport: true, ...options }).sendMail(mail);
  const signed = await sign(message, { signatures });
  await passes(signed.message(), JSON.stringify(options));
  const repaired = signed.warnings.some(({ code }) => code === "lineEndingsRepaired");
  // It writes LF unless told otherwise.
  assert.equal(repaired, options.newline !== "windows");
}
const composed = new MailComposer(mail).compile();
await passes((await sign(composed.createReadStream(), { signatures })).message(), "createReadStream");
// As it stands, so that what createSigner makes of it fits: nodemailer leaves LF alone in places.
const octets = await new MailComposer({ ...mail, newline: "windows" }).compile().build();
const signer = createSigner({ signatures });
await signer.write(octets);
const { header } = await signer.end();
await passes(Buffer.concat([Buffer.from(header), octets]), "build");

// Sent by nodemailer as it was signed.
const { message } = await sign(octets, { signatures });
const sender = nodemailer.createTransport({ streamTransport: true, buffer: true });
const sent = await sender.sendMail({ envelope: { from: "joe@example.com", to: ["suzie@example.net"] }, raw: Buffer.from(message()) });
assert.ok(sent.message.equals(Buffer.from(message())));

// The example of the README.
const readme = await readFile("node_modules/waxseal/README.md", "utf8");
const [, example] = /^```js nodemailer\n(.*?)^```$/ms.exec(readme);
const around = `
  import nodemailer from "nodemailer";
  export default (rsaPem) => {
    const transporter = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: "windows" });
    EXAMPLE
    return transporter;
  };`;
const imports = example.match(/^import .*$/gm).join("\n");
await writeFile("example.mjs", imports + around.replace("EXAMPLE", () => example.replace(/^import .*$/gm, "")));
const { default: signing } = await import("./example.mjs");
const zone = zoneResolver({ "2026r._domainkey.example.com": record });
const { result } = await verify((await signing(privateKey).sendMail(mail)).message, { resolver: zone });
assert.equal(result, "pass");
