import type { Envelope } from "../protocol.ts";
import { decodeValue } from "./decode.ts";
import { splitHeader, valueText } from "./fields.ts";

/** What a mail reader shows of a message with that header: of each name the topmost field. */
export function envelopeOf(header: Uint8Array): Envelope {
  const fields = splitHeader(header);
  const value = (name: string) => {
    const field = fields.find((one) => one.name.toLowerCase() === name);
    return field ? decodeValue(valueText(header, field)) : null;
  };
  return { from: value("from"), to: value("to"), subject: value("subject"), date: value("date") };
}
