import { jobs, type orchestration } from "@srlm/contracts";
import { type Peers, ServiceError } from "@srlm/service-kit";

/** A stream that broke is opened again after this long, where it left off. */
const RETRY_MS = 500;

export function hasEnded({ state }: orchestration.Run): boolean {
  const { SUCCEEDED, FAILED, CANCELLED } = jobs.JobState;
  return state === SUCCEEDED || state === FAILED || state === CANCELLED;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Watches a run until it has ended, and gives it as it is then; undefined where the signal aborts before. A stream that
 * breaks goes on where it was.
 */
export async function followRun(
  peers: Pick<Peers, "orchestration">,
  name: string,
  onChange: (run: orchestration.Run) => void,
  signal: AbortSignal,
): Promise<orchestration.Run | undefined> {
  let afterSequence = 0;
  while (!signal.aborted) {
    try {
      for await (const { run } of peers.orchestration.watchRun({ name, afterSequence }, { signal })) {
        if (run === undefined) continue;
        afterSequence = run.sequence;
        onChange(run);
        if (hasEnded(run)) return run;
      }
    } catch (error) {
      if (signal.aborted) break;
      if (!ServiceError.from(error).retryable) throw error;
    }
    await pause(RETRY_MS, signal);
  }
  return undefined;
}
