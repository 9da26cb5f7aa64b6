/**
 * What answers look like, whatever they are worth: drifts in these are how a loop goes wrong unseen.
 *
 * Words: runs of characters other than white space. Tokens: sampled ids without the end token. Ended: the model closed
 * the answer itself (EOS or a stop id), against cut off by the token limit. Distinct: different texts, byte for byte.
 */

export interface MeasuredAnswer {
  readonly text: string;
  readonly tokens: number;
  readonly ended: boolean;
}

export interface AnswerStatistics {
  readonly answers: number;
  /** Mean words per answer; this and all below null without answers. */
  readonly meanWords: number | null;
  readonly meanTokens: number | null;
  readonly endedShare: number | null;
  /** Number of different texts. */
  readonly distinct: number;
  readonly distinctShare: number | null;
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

export function answerStatistics(answers: readonly MeasuredAnswer[]): AnswerStatistics {
  const n = answers.length;
  const perAnswer = (measure: (answer: MeasuredAnswer) => number) =>
    n === 0 ? null : answers.reduce((sum, answer) => sum + measure(answer), 0) / n;
  const distinct = new Set(answers.map(({ text }) => text)).size;
  return {
    answers: n,
    meanWords: perAnswer(({ text }) => countWords(text)),
    meanTokens: perAnswer(({ tokens }) => tokens),
    endedShare: perAnswer(({ ended }) => Number(ended)),
    distinct,
    distinctShare: n === 0 ? null : distinct / n,
  };
}
