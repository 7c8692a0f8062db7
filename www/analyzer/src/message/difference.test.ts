import { expect, test } from "vitest";

import { rowsOf } from "./difference.ts";

test("words that differ are marked, and lines that do not are passed over", () => {
  const same = Array.from({ length: 9 }, (_, index) => `line ${index}\r\n`).join("");
  const { rows, isCut } = rowsOf(`${same}pay 10\r\n`, `${same}pay 99\r\n`);
  expect(isCut).toBe(false);
  expect(rows[0]).toEqual({ kind: "skipped", lines: 7 });
  expect(rows.slice(-2)).toEqual([
    {
      kind: "removed",
      pieces: [
        { text: "pay ", isChanged: false },
        { text: "10", isChanged: true },
        { text: "\r\n", isChanged: false },
      ],
    },
    {
      kind: "added",
      pieces: [
        { text: "pay ", isChanged: false },
        { text: "99", isChanged: true },
        { text: "\r\n", isChanged: false },
      ],
    },
  ]);
});

test("lines that were added", () => {
  const { rows } = rowsOf("a\r\n", "a\r\n-- \r\nfooter");
  expect(rows.map(({ kind }) => kind)).toEqual(["same", "added", "added"]);
});

test("no more rows than can be read", () => {
  const lines = (prefix: string, length: number) =>
    Array.from({ length }, (_, index) => `${prefix}${index}\n`).join("");
  const many = rowsOf(lines("a", 300), lines("b", 300));
  expect(many.rows).toHaveLength(400);
  expect(many.isCut).toBe(true);
  expect(rowsOf(lines("a", 2000), lines("b", 2000))).toEqual({ rows: [], isCut: true });
});
