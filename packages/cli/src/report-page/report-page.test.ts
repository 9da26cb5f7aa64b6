import { expect, it } from "vitest";
import { samplePooledReport, sampleReport } from "../testing/sample-report.ts";
import { contradictions } from "./contradictions.ts";
import { reportPage } from "./html-page.ts";
import { allSections, headline } from "./sections.ts";
import { tableLines, terminalText, wrap } from "./terminal-text.ts";

const COLUMNS = 80;

it.each([
  ["one seed", sampleReport],
  ["several seeds", samplePooledReport],
])("fits 80 columns, with every table: %s", (_, report) => {
  const sections = allSections(report);
  const text = terminalText(sections, COLUMNS);
  expect(text.split("\n").filter((line) => line.length > COLUMNS)).toEqual([]);
  for (const { title } of sections) expect(text).toContain(title.toUpperCase());
  expect(text).not.toMatch(/undefined|\[object/);
});

it("shows scores, differences, claims, rounds and the judge as they were measured", () => {
  const text = terminalText(allSections(sampleReport), COLUMNS);
  expect(text).toMatch(/^M2 +2\.50 \[2\.45, 2\.55\] +\[2\.40, 2\.60\] +20 % +100 % +9\.0 +97 %$/m);
  expect(text).toContain("new texts, 500 answers");
  expect(text).toMatch(/^M2 - M1 +\+0\.40 \[\+0\.35, \+0\.45\] +\+0\.40 \[\+0\.30, \+0\.50\] +50\/30\/20$/m);
  expect(text).toMatch(/^M2 above M1 +new texts +\+0\.40 \[\+0\.35, \+0\.45\] +holds$/m);
  expect(text).toMatch(/^M3 above M2 +new texts +\+0\.01 \[-0\.04, \+0\.06\] +does not hold$/m);
  expect(text).toMatch(/^M3 shuffled within 0\.15 of M1 +- +- +not measured$/m);
  expect(text).toContain("1 of 3 claims hold on every split");
  expect(text).toMatch(/^dropped: held out +10$/m);
  expect(text).toMatch(/^discard rate +0\.0060 +0\.9800$/m);
  expect(text).toContain("M2 shuffled: NO_PAIRS");
  expect(text).toContain("worked judgements by an expert");
  expect(text).toMatch(/^M2 - M1 +56\/33\/12 +50\/30\/20 +20\/50\/30$/m);
});

it("says what contradicts the paper, and nothing else", () => {
  expect(contradictions(sampleReport)).toEqual([
    "M2 against M1 (new requests): 20/50/30 win/tie/loss %, in the paper 56/33/12.",
    "The judge does not improve (new texts): pairwise accuracy 88.0 % of M1, 87.0 % of M3; in the paper 78.7 % and 81.7 %.",
    "The baseline, which saw no judgements, cannot judge (new texts): pairwise accuracy 0.0 %; in the paper pairwise accuracy 65.1 %.",
    "The baseline, which saw no judgements, cannot judge (new requests): no judgement could be read; in the paper pairwise accuracy 65.1 %.",
  ]);
  expect(contradictions({ paper: { head_to_head: [], reward_modelling: [], pairs: [] } })).toEqual([]);
});

it("shows a failed seed, and what it failed of", () => {
  const text = terminalText(headline(samplePooledReport), COLUMNS);
  expect(text).toContain("2 training seeds, of which 1 failed");
  expect(text).toMatch(/^12 +FAILED NON_FINITE_LOSS +-$/m);
});

it("gives no share of perfect answers where nothing was scored", () => {
  const { score, score_clustered, perfect_share, ...unscored } = sampleReport.models[0]!.splits["new_texts"]!;
  expect([score?.mean, score_clustered?.mean, perfect_share]).toEqual([1, 1, 0.2]);
  const models = [{ model: "M0", splits: { new_texts: unscored }, judge: {} }];
  const text = terminalText(headline({ ...sampleReport, models }), COLUMNS);
  expect(text).toMatch(/^M0 +- +- +- +100 %/m);
});

it("divides a table that is too wide, and repeats the first column", () => {
  const table = { columns: ["name", "aaaa", "bbbb", "cccc"], rows: [["row", "1", "2", "3"]] };
  expect(tableLines(table, 16)).toEqual([
    "name  aaaa  bbbb",
    "────────────────",
    "row      1     2",
    "",
    "name  cccc",
    "──────────",
    "row      3",
  ]);
});

it("wraps at words, and lets a long word stand alone", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("a aaaaaaaaaa b", 4)).toEqual(["a", "aaaaaaaaaa", "b"]);
});

it("writes a page that stands by itself, with the terminal's tables", () => {
  const page = reportPage(sampleReport);
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).not.toMatch(/<script|<link|<img|https?:\/\/|url\(/);
  for (const { title, tables } of allSections(sampleReport)) {
    expect(page).toContain(`<h2>${title}</h2>`);
    for (const { rows } of tables) for (const row of rows) for (const cell of row) expect(page).toContain(`>${cell}<`);
  }
  expect(page).toContain('<td class="bad">does not hold</td>');
  expect(page).toContain("prefers-color-scheme: dark");
  expect(page.match(/<table>/g)?.length).toBe(page.match(/<div class="table">/g)?.length);
});

it("escapes what comes from outside", () => {
  const page = reportPage({ ...sampleReport, name: '<b>&"x"</b>', scored_by: "<script>alert(1)</script>" });
  expect(page).not.toMatch(/<script|<b>/);
  expect(page).toContain("&lt;b&gt;&amp;&quot;x&quot;&lt;/b&gt;");
});
