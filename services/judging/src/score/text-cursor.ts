/** A position in a text. Patterns given to it are sticky (`y`), so that reading never searches ahead. */
export class TextCursor {
  readonly text: string;
  position: number;

  constructor(text: string, position = 0) {
    this.text = text;
    this.position = position;
  }

  /** Moves past the pattern and returns its match; stays and returns null where it does not match here. */
  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.text);
    if (match) this.position = pattern.lastIndex;
    return match;
  }

  /** Whether the pattern matches here; stays. */
  sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.position;
    return pattern.test(this.text);
  }

  /** A cursor of its own at the same place. */
  fork(): TextCursor {
    return new TextCursor(this.text, this.position);
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The character `offset` places from here, "" outside the text. */
  peek(offset = 0): string {
    return this.text[this.position + offset] ?? "";
  }
}
