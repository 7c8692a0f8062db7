import list from "../samples/index.json";
import zoneUrl from "../samples/keys.zone?url";
import type { KeySource } from "./protocol.ts";

/** A message that comes with the page, to try it without one's own. */
export interface Sample {
  file: string;
  title: string;
  story: string;
}

const ADDRESSES = import.meta.glob<string>("../samples/*.eml", {
  query: "?url",
  import: "default",
  eager: true,
});

export const SAMPLES: Sample[] = list;

/** The octets of a sample. */
export async function openSample(sample: Sample): Promise<Blob> {
  const address = ADDRESSES[`../samples/${sample.file}`];
  if (address === undefined) throw new Error(`there is no sample ${sample.file}`);
  return (await ownResponse(address)).blob();
}

/** The keys of the samples, so that they need no network. */
export async function sampleKeys(): Promise<KeySource> {
  return { kind: "zone", text: await (await ownResponse(zoneUrl)).text() };
}

async function ownResponse(address: string): Promise<Response> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`a file of this page is missing (HTTP status ${response.status})`);
  return response;
}
