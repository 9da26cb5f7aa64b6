/** The words of the tiny world with their categories, written down here once more so that the verifier stands alone. */

const [fruits, animals, colors, tools] = ["fruits", "animals", "colors", "tools"] as const;

/** Category of every word. */
export const LEXICON: ReadonlyMap<string, string> = new Map([
  ["amber", colors],
  ["apple", fruits],
  ["axe", tools],
  ["banana", fruits],
  ["bear", animals],
  ["blue", colors],
  ["brush", tools],
  ["cat", animals],
  ["cherry", fruits],
  ["crimson", colors],
  ["dog", animals],
  ["drill", tools],
  ["fig", fruits],
  ["file", tools],
  ["fox", animals],
  ["goat", animals],
  ["grape", fruits],
  ["green", colors],
  ["hammer", tools],
  ["horse", animals],
  ["indigo", colors],
  ["knife", tools],
  ["lemon", fruits],
  ["lion", animals],
  ["mango", fruits],
  ["pear", fruits],
  ["pink", colors],
  ["red", colors],
  ["saw", tools],
  ["teal", colors],
  ["wolf", animals],
  ["wrench", tools],
]);
