/** report.html: one file without scripts, links or images, readable in light and dark, on paper and on a telephone. */
import { type AnyReport, allSections } from "./sections.ts";
import type { Section, Table } from "./table.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fdfdfc; --muted: #62676d; --rule: #dcdedf; --stripe: #f4f5f4; --good: #1a7f4b; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e5e6; --paper: #17191b; --muted: #9a9fa5; --rule: #34383c; --stripe: #1f2224; --good: #6cc797; --bad: #f2908a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 1.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
p { margin: .4rem 0; max-width: 44rem; overflow-wrap: anywhere; }
.table { overflow-x: auto; margin: 1rem 0 1.5rem; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: .3rem; white-space: nowrap; }
th, td { padding: .28rem .75rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--muted); font-weight: 600; }
tbody th { font-weight: 500; }
tbody tr:nth-child(even) { background: var(--stripe); }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
@media print { body { max-width: none; padding: 0; } .table { overflow: visible; } }
`;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Verdicts stand out by colour, and are words for whoever sees none. */
function cellClass(text: string): string {
  if (text === "holds") return ' class="good"';
  return text === "does not hold" || text.startsWith("FAILED") ? ' class="bad"' : "";
}

function row(cells: readonly string[]): string {
  const [first = "", ...rest] = cells;
  const others = rest.map((cell) => `<td${cellClass(cell)}>${escapeHtml(cell)}</td>`).join("");
  return `<tr><th scope="row">${escapeHtml(first)}</th>${others}</tr>`;
}

function tableHtml({ caption, columns, rows }: Table): string {
  const title = caption === undefined ? "" : `<caption>${escapeHtml(caption)}</caption>`;
  const head = columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join("");
  const body = rows.map(row).join("\n");
  return `<div class="table"><table>${title}<thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

function sectionHtml({ title, notes, tables }: Section): string {
  const paragraphs = notes.map((note) => `<p>${escapeHtml(note)}</p>`);
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${[...paragraphs, ...tables.map(tableHtml)].join("\n")}\n</section>`;
}

export function reportPage(report: AnyReport): string {
  const title = `srlm run: ${escapeHtml(report.name)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
${allSections(report).map(sectionHtml).join("\n")}
</body>
</html>
`;
}
