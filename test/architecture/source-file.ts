/** What the dependency rules need to know of a source file: its imports and its code without comments. */

export interface Import {
  /** As written: `./a.ts`, `node:fs`, `@srlm/contracts`, `lmdb/x`. */
  readonly specifier: string;
  /** True for `import type` and `export type ... from`: nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** Path from the root of the repository, with forward slashes. */
  readonly path: string;
  readonly imports: readonly Import[];
  readonly lines: number;
  /** The text without comments and without the contents of strings and templates. */
  readonly code: string;
}

/** Comments, or strings and templates: whichever begins first swallows what looks like the other inside it. */
const COMMENT_OR_STRING =
  /(?<comment>\/\*[\s\S]*?\*\/|\/\/[^\n]*)|(?<string>"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`)/g;

const STATIC_IMPORT =
  /(?:^|[;}\n])\s*(?:import|export)\s+(?<type>type\s+(?!from\b))?(?:[\w*${},\s]+?\s+from\s*)?"(?<specifier>[^"]+)"/g;
const DYNAMIC_IMPORT =
  /\b(?:import|require|require\.resolve|import\.meta\.resolve)\s*\(\s*["'`](?<specifier>[^"'`]+)["'`]/g;

/** Reads one file's text. Static imports are expected with double quotes, as the formatter writes them. */
export function readSource(path: string, text: string): SourceFile {
  const commentFree = text.replace(COMMENT_OR_STRING, (match, comment) => (comment === undefined ? match : " "));
  const code = commentFree.replace(COMMENT_OR_STRING, '""');
  const statics = [...commentFree.matchAll(STATIC_IMPORT)].map(({ groups }) => ({
    specifier: groups?.["specifier"] as string,
    typeOnly: groups?.["type"] !== undefined,
  }));
  const dynamics = [...commentFree.matchAll(DYNAMIC_IMPORT)].map(({ groups }) => ({
    specifier: groups?.["specifier"] as string,
    typeOnly: false,
  }));
  return {
    path,
    imports: [...statics, ...dynamics],
    lines: text.split("\n").length - Number(text.endsWith("\n")),
    code,
  };
}

/** True for tests and for what only tests use: folders `testing`, and conformance suites that other tests call. */
export function isTestFile(path: string): boolean {
  return /\.(test|slow\.test)\.ts$/.test(path) || /\/src\/(.*\/)?(testing\/|conformance(\/|\.ts$))/.test(path);
}

/** The package that a bare specifier names (`@scope/name`, `name`); null for a relative path. */
export function packageOf(specifier: string): string | null {
  if (specifier.startsWith(".") || specifier.startsWith("/")) return null;
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] as string);
}
