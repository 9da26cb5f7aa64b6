/** What a report shows, before it becomes lines of a terminal or a page. */

export interface Table {
  /** Above the table; absent where the section's title says enough. */
  readonly caption?: string;
  /** The first column names the row and is aligned left, the others right. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Section {
  readonly title: string;
  /** Sentences before the tables. */
  readonly notes: readonly string[];
  readonly tables: readonly Table[];
}
