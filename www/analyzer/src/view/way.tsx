import { useMemo } from "preact/hooks";

import { splitHeader, valueText } from "../message/fields.ts";
import { parseDate } from "../message/date.ts";
import { wayOf, type Stop } from "../message/received.ts";
import type { Details } from "../protocol.ts";
import { counted } from "../words/lists.ts";
import { delay, inFull } from "../words/time.ts";
import { Shown } from "./shown.tsx";

const MAX_STOPS = 100;
/** Clocks that differ by less are nothing to speak of. */
const SKEW = 2;
/** A wait that is worth being seen, in seconds. */
const LONG = 300;

/** The way of the message, from the Received fields. */
export function Way({ details }: { details: Details }) {
  const { stops, written } = useMemo(() => readWay(details.header), [details.header]);
  if (stops.length === 0) return <p class="hint">The header does not tell the way (no Received fields).</p>;
  const times = stops.flatMap(({ time }) => (time === null ? [] : [time]));
  const first = written ?? times[0] ?? null;
  const last = times.at(-1) ?? null;
  const longest = Math.max(1, ...stops.map((stop) => stop.delay ?? 0));
  const skewed = stops.filter((stop) => (stop.delay ?? 0) < -SKEW).length;
  return (
    <div class="panel" data-testid="way">
      <p>
        {counted(stops.length, "host")} took it over
        {first !== null && last !== null && last >= first && `, in ${delay(last - first)} from when it was written`}.
        {skewed > 0 && ` ${counted(skewed, "time")} a clock was behind the one before.`}
      </p>
      <p class="hint">Only what your own servers wrote is certain; anybody can have written what stands before.</p>
      <ol class="way">
        {stops.slice(-MAX_STOPS).map((stop, index) => (
          <StopItem key={index} stop={stop} share={(stop.delay ?? 0) / longest} />
        ))}
      </ol>
    </div>
  );
}

function StopItem({ stop, share }: { stop: Stop; share: number }) {
  const wait = stop.delay;
  const isSkewed = wait !== null && wait < -SKEW;
  return (
    <li class={isSkewed ? "stop is-skewed" : wait !== null && wait > LONG ? "stop is-slow" : "stop"}>
      <p class="stop-delay">
        {wait === null ? "" : isSkewed ? `−${delay(wait)}, so a clock is wrong` : `+${delay(Math.max(0, wait))}`}
        {wait !== null && wait > 0 && (
          <span class="stop-bar" aria-hidden="true">
            <span style={{ width: `${Math.max(2, Math.round(share * 100))}%` }} />
          </span>
        )}
      </p>
      <p class="stop-by">
        <strong>
          <Shown text={stop.by ?? "a host that does not name itself"} />
        </strong>{" "}
        {stop.with && (
          <span class="tag" title={stop.isEncrypted ? "encrypted on the way" : "not encrypted on the way"}>
            <Shown text={stop.with} />
            {stop.isEncrypted ? " · encrypted" : ""}
          </span>
        )}
      </p>
      {stop.from && (
        <p class="hint">
          from <Shown text={stop.from} />
        </p>
      )}
      <p class="hint">{stop.time === null ? "time not told, or not readable" : inFull(stop.time)}</p>
    </li>
  );
}

function readWay(header: Uint8Array): { stops: Stop[]; written: number | null } {
  const fields = splitHeader(header);
  const valuesOf = (name: string) =>
    fields.filter((field) => field.name.toLowerCase() === name).map((field) => valueText(header, field));
  const date = valuesOf("date")[0];
  const written = date === undefined ? null : parseDate(date);
  const [first, ...others] = wayOf(valuesOf("received"));
  if (!first) return { stops: [], written };
  // the way begins with the author's own clock
  const delay = first.time === null || written === null ? null : first.time - written;
  return { stops: [{ ...first, delay: first.delay ?? delay }, ...others], written };
}
