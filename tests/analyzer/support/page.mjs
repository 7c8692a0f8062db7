// The page as a person uses it: by what it says, not by how it is made.
import assert from "node:assert/strict";

import { PATIENCE } from "./browser.mjs";

export class Analyzer {
  constructor(page) {
    this.page = page;
    this.box = page.getByRole("textbox", { name: "Paste the message" });
    this.verdictPlace = page.getByTestId("verdict");
  }

  /** Chooses one of the samples, and waits for the verdict. */
  async sample(title) {
    await this.page.getByRole("region", { name: "Or try one of these" }).getByRole("button", { name: title }).click();
    return this.verdict();
  }

  /** Pastes text by way of the clipboard, as Ctrl+V does. */
  async paste(text) {
    await this.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await this.page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
    await this.box.focus();
    await this.page.keyboard.press("Control+V");
  }

  /** Writes text into the box, and presses the button. */
  async type(text) {
    await this.box.fill(text);
    await this.page.getByRole("button", { name: "Analyze" }).click();
  }

  /** Opens a file by the button that says so. */
  async open(name, buffer, mimeType = "message/rfc822") {
    const chooser = this.page.waitForEvent("filechooser");
    await this.page.getByRole("button", { name: "Open a file…" }).click();
    await (await chooser).setFiles(typeof buffer === "string" ? buffer : { name, mimeType, buffer });
  }

  /** Drags a file over the page and lets it go there. */
  async drop(name, buffer) {
    const data = await this.page.evaluateHandle(
      ({ base64, name }) => {
        const octets = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([octets], name, { type: "message/rfc822" }));
        return transfer;
      },
      { base64: buffer.toString("base64"), name },
    );
    for (const type of ["dragenter", "dragover", "drop"]) {
      await this.page.dispatchEvent("main", type, { dataTransfer: data });
    }
  }

  /** The verdict when it is there: what it says, and how (good, caution, bad, unknown). */
  async verdict() {
    const sentence = this.verdictPlace.getByRole("heading", { level: 1 });
    await sentence.waitFor();
    return {
      tone: await this.verdictPlace.getAttribute("data-tone"),
      label: (await this.page.getByTestId("verdict-label").innerText()).trim(),
      sentence: (await sentence.innerText()).trim(),
    };
  }

  card(n) {
    return this.page.getByTestId("signature").nth(n);
  }

  /** What each signature's card says. */
  async signatures() {
    const found = [];
    for (const card of await this.page.getByTestId("signature").all()) {
      found.push({
        domain: (await card.getByRole("heading").first().innerText()).trim(),
        text: (await card.innerText()).replace(/\s+/g, " "),
        facts: await facts(card),
      });
    }
    return found;
  }

  /** Has keys be asked for at a server of one's own. */
  async askAt(url) {
    const form = this.page.getByTestId("key-choice").first();
    await form.getByRole("radio", { name: "A server of your own" }).check();
    await form.getByLabel("Its address").fill(url);
    await form.getByRole("button", { name: /^(Look up|Use this)$/ }).click();
  }

  /** Gives a record for the one name that is asked for. */
  async giveRecord(name, record) {
    const form = this.page.getByTestId("key-choice").first();
    await form.getByRole("radio", { name: "Records that you give" }).check();
    await form.getByLabel(`TXT record at ${name}`).fill(record);
    await form.getByRole("button", { name: "Use this" }).click();
  }

  /** Loads a key file. */
  async loadKeys(name, text) {
    const form = this.page.getByTestId("key-choice").first();
    await form.getByRole("radio", { name: "Records that you give" }).check();
    await form.getByLabel("Load it from").setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
    await assertEventually(async () => assert.equal(await form.getByTestId("zone").inputValue(), text));
    await form.getByRole("button", { name: "Use this" }).click();
  }

  /** Waits until everything about the message has been told. */
  async settled() {
    await this.verdictPlace.waitFor();
    await this.page.getByTestId("progress").waitFor({ state: "detached" });
  }
}

/** The facts of a card, by their names. */
export async function facts(card) {
  return card.evaluate((element) =>
    Object.fromEntries(
      [...element.querySelectorAll("dl.facts > div")].map((pair) => [
        pair.querySelector("dt").textContent.trim(),
        pair.querySelector("dd").textContent.trim(),
      ]),
    ),
  );
}

/** Tries again for a while; the last failure is the one that is told. */
export async function assertEventually(check) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((go) => setTimeout(go, 50));
    }
  }
}
