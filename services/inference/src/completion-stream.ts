/**
 * Turns a producer that calls back into an async iterable. Values wait in memory for the consumer: they are a shard's
 * completions, bounded by the request. The iterable ends, or fails, when the producer's promise settles; leaving it
 * early aborts the producer.
 */
export async function* streamOf<Value>(
  produce: (push: (values: readonly Value[]) => void, signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): AsyncGenerator<Value, void, undefined> {
  const left = new AbortController();
  const waiting: Value[] = [];
  let wake = () => {};
  let settled = false;
  const produced = produce(
    (values) => {
      waiting.push(...values);
      wake();
    },
    AbortSignal.any([signal, left.signal]),
  ).finally(() => {
    settled = true;
    wake();
  });
  // The error is thrown by the await below; until then it must not count as unhandled.
  produced.catch(() => {});
  try {
    for (;;) {
      const values = waiting.splice(0);
      yield* values;
      if (waiting.length > 0) continue;
      if (settled) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    await produced;
  } finally {
    left.abort();
  }
}
