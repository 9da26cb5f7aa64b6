import { events, type jobs } from "@srlm/contracts";
import type { Events } from "@srlm/messaging";
import type { MessageCodec } from "./job-kind.ts";

export type JobEventName = "started" | "progressed" | "ended";

const TYPES: Record<JobEventName, Pick<MessageCodec<{ job?: jobs.Job | undefined }>, "encode">> = {
  started: events.JobStarted,
  progressed: events.JobProgressed,
  ended: events.JobEnded,
};

/** Says on `srlm.v1.events.jobs.<event>` what became of a job; a repetition of the same change is dropped by its id. */
export async function publishJobEvent(bus: Events, event: JobEventName, job: jobs.Job): Promise<void> {
  const subject = `srlm.v1.events.jobs.${event}`;
  const id = `${job.name}:${job.sequence}`;
  await bus.publish(subject, TYPES[event].encode({ job }).finish(), {
    id,
    // CloudEvents 1.0, binary mode over NATS.
    headers: {
      "ce-specversion": "1.0",
      "ce-type": subject,
      "ce-source": job.name,
      "ce-id": id,
      "ce-time": (job.endTime ?? new Date()).toISOString(),
    },
  });
}
