import { useId, useState } from "preact/hooks";

import { pastedRecords } from "../message/records.ts";
import type { KeySource } from "../protocol.ts";
import { KNOWN_SERVERS, serverAddress } from "../resolvers.ts";

/** Past this a key file is loaded instead. */
const MAX_PASTED = 8;

interface Props {
  /** What holds now. */
  keys: KeySource;
  /** The names that the message at hand needs; none before there is one. */
  names: string[];
  onChoose: (keys: KeySource) => void;
}

/** Whom to ask for keys: a server, or nobody, with the records given by hand. */
export function KeyChoice({ keys, names, onChoose }: Props) {
  const [way, setWay] = useState(wayOf(keys) ?? (names.length > 0 ? "cloudflare" : "nobody"));
  const [address, setAddress] = useState(keys.kind === "doh" ? keys.url : "");
  const [trouble, setTrouble] = useState<string | null>(null);
  const [values, setValues] = useState<Record<string, string>>({});
  const [zone, setZone] = useState(keys.kind === "zone" ? keys.text : "");
  const [done, setDone] = useState<string | null>(null);
  const id = useId();

  const submit = (event: Event) => {
    event.preventDefault();
    const chosen = source(way, address, names, values, zone);
    if (typeof chosen === "string") {
      setTrouble(chosen);
      setDone(null);
      return;
    }
    setTrouble(null);
    setDone(SAID[chosen.kind]);
    onChoose(chosen);
  };

  const option = (value: string, label: string, hint: string) => (
    <label class="choice">
      <input
        type="radio"
        name={`${id}-way`}
        value={value}
        checked={way === value}
        onChange={() => setWay(value)}
      />
      <span>
        <strong>{label}</strong> <span class="hint">{hint}</span>
      </span>
    </label>
  );

  return (
    <form class="key-choice" onSubmit={submit} data-testid="key-choice">
      <fieldset>
        <legend>Ask for keys at</legend>
        {option("nobody", "Nobody", "no network; the page shows which names it would ask for")}
        {KNOWN_SERVERS.map(({ id: known, name, url }) => option(known, name, new URL(url).host))}
        {option("own", "A server of your own", "DNS over HTTPS (RFC 8484)")}
        {way === "own" && (
          <div class="choice-more">
            <label for={`${id}-url`}>Its address</label>
            <input
              id={`${id}-url`}
              type="url"
              placeholder="https://dns.example.com/dns-query"
              value={address}
              onInput={(event) => setAddress(event.currentTarget.value)}
              data-testid="own-server"
            />
          </div>
        )}
        {option("records", "Records that you give", "no network; pasted, or from a key file")}
        {way === "records" && (
          <Records names={names} values={values} onValues={setValues} zone={zone} onZone={setZone} id={id} />
        )}
      </fieldset>
      {trouble && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <div class="key-choice-end">
        <button type="submit" class="button primary" data-testid="use-keys">
          {names.length > 0 && way !== "nobody" && way !== "records" ? "Look up" : "Use this"}
        </button>
        <p class="hint" role="status">
          {done}
        </p>
      </div>
    </form>
  );
}

const SAID: Record<KeySource["kind"], string> = {
  nobody: "Nobody is asked.",
  doh: "It will be asked for names of keys, and for nothing else.",
  zone: "Keys come from these records, without a network.",
  records: "Keys come from these records, without a network.",
};

function wayOf(keys: KeySource): string | null {
  if (keys.kind === "nobody") return null;
  if (keys.kind !== "doh") return "records";
  return KNOWN_SERVERS.find(({ url }) => url === keys.url)?.id ?? "own";
}

/** What was chosen, or what is wrong with it. */
function source(
  way: string,
  address: string,
  names: string[],
  values: Record<string, string>,
  zone: string,
): KeySource | string {
  if (way === "nobody") return { kind: "nobody" };
  if (way === "own") {
    const url = serverAddress(address);
    return url === null
      ? "Its address begins with https:// (or with http://127.0.0.1 for one on this machine)."
      : { kind: "doh", url };
  }
  if (way === "records") {
    if (zone.trim() !== "") return { kind: "zone", text: zone };
    const records = pastedRecords(Object.fromEntries(names.map((name) => [name, values[name] ?? ""])));
    const isEmpty = records.kind === "records" && Object.keys(records.records).length === 0;
    return isEmpty ? "Paste a record, or load a key file." : records;
  }
  const known = KNOWN_SERVERS.find((server) => server.id === way);
  return known ? { kind: "doh", url: known.url } : { kind: "nobody" };
}

interface RecordsProps {
  names: string[];
  values: Record<string, string>;
  onValues: (values: Record<string, string>) => void;
  zone: string;
  onZone: (zone: string) => void;
  id: string;
}

function Records({ names, values, onValues, zone, onZone, id }: RecordsProps) {
  return (
    <div class="choice-more">
      {names.slice(0, MAX_PASTED).map((name, index) => (
        <div key={name}>
          <label for={`${id}-record-${index}`}>
            TXT record at <code>{name}</code>
          </label>
          <textarea
            id={`${id}-record-${index}`}
            rows={3}
            spellcheck={false}
            placeholder="v=DKIM1; k=rsa; p=…"
            value={values[name] ?? ""}
            onInput={(event) => onValues({ ...values, [name]: event.currentTarget.value })}
            data-testid="record"
          />
        </div>
      ))}
      <label for={`${id}-zone`}>
        {names.length > 0 ? "Or a key file" : "A key file"} (RFC 1035 master file)
      </label>
      <textarea
        id={`${id}-zone`}
        rows={3}
        spellcheck={false}
        placeholder={'s1._domainkey.example.com. IN TXT "v=DKIM1; p=…"'}
        value={zone}
        onInput={(event) => onZone(event.currentTarget.value)}
        data-testid="zone"
      />
      <label for={`${id}-file`}>Load it from</label>
      <input
        id={`${id}-file`}
        type="file"
        onChange={(event) => void event.currentTarget.files?.[0]?.text().then(onZone)}
        data-testid="zone-file"
      />
    </div>
  );
}
