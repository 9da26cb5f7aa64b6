/** Sections as plain text of a given width. */
import type { Section, Table } from "./table.ts";

const GAP = "  ";

function widthOf(table: Table, column: number): number {
  return Math.max(...[table.columns, ...table.rows].map((row) => (row[column] ?? "").length));
}

/** Columns in groups that fit the width; each group begins with the first column. */
function chunks(widths: readonly number[], columns: number): number[][] {
  const first = widths[0] ?? 0;
  const groups: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (let i = 1; i < widths.length; i++) {
    const needed = GAP.length + (widths[i] ?? 0);
    if (used + needed > columns) {
      groups.push([0]);
      used = first;
    }
    groups.at(-1)?.push(i);
    used += needed;
  }
  return groups.length === 0 ? [[0]] : groups;
}

function line(cells: readonly string[], order: readonly number[], widths: readonly number[]): string {
  const padded = order.map((column) => {
    const cell = cells[column] ?? "";
    const width = widths[column] ?? 0;
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  });
  return padded.join(GAP).trimEnd();
}

/** Lines of a table; one that is too wide comes in several parts, each with the first column. */
export function tableLines(table: Table, columns: number): string[] {
  const widths = table.columns.map((_, column) => widthOf(table, column));
  const parts = chunks(widths, columns).map((order) => {
    const width = order.reduce((sum, column) => sum + (widths[column] ?? 0), GAP.length * (order.length - 1));
    return [
      line(table.columns, order, widths),
      "─".repeat(width),
      ...table.rows.map((row) => line(row, order, widths)),
    ];
  });
  return parts.flatMap((part, i) => (i === 0 ? part : ["", ...part]));
}

/** Words of a text in lines of at most `columns` characters; a longer word stands alone. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function sectionLines({ title, notes, tables }: Section, columns: number): string[] {
  return [
    title.toUpperCase(),
    ...notes.flatMap((note) => wrap(note, columns)),
    ...tables.flatMap((table) => [
      "",
      ...(table.caption === undefined ? [] : [table.caption]),
      ...tableLines(table, columns),
    ]),
  ];
}

export function terminalText(sections: readonly Section[], columns: number): string {
  return sections.map((section) => `${sectionLines(section, columns).join("\n")}\n`).join("\n");
}
