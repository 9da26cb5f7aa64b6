import { canonicalJson, sha256Hex } from "@srlm/artifacts";
import { jobs as contract } from "@srlm/contracts";
import { z } from "zod";
import { invalidArgument } from "../errors/errors.ts";
import { type Implementation, implement } from "../handlers.ts";
import type { Jobs } from "./jobs.ts";

const DEFAULT_PAGE_SIZE = 100;
/** Of the contract. A thousand jobs of a kilobyte stay far below the size limit of a message. */
const MAX_PAGE_SIZE = 1000;

/** Where a page ended, and the digest of what was asked for. */
const pageTokenSchema = z.strictObject({ time: z.int(), name: z.string(), filter: z.string() });
type PageToken = z.infer<typeof pageTokenSchema>;

function parsePageToken(token: string, filter: string): PageToken | undefined {
  if (token === "") return undefined;
  const refuse = () =>
    invalidArgument("page_token", "must be the next_page_token of a call with equal filters", "PAGE_TOKEN_INVALID");
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    throw refuse();
  }
  const parsed = pageTokenSchema.safeParse(value);
  if (!parsed.success || parsed.data.filter !== filter) throw refuse();
  return parsed.data;
}

const createTime = (job: contract.Job) => job.createTime?.getTime() ?? 0;

async function listPage(jobs: Jobs, request: contract.ListJobsRequest): Promise<contract.ListJobsResponse> {
  const { kinds, labels, pageToken } = request;
  if (request.pageSize < 0 || request.pageSize > MAX_PAGE_SIZE) {
    throw invalidArgument("page_size", `must be in [0, ${MAX_PAGE_SIZE}], got ${request.pageSize}`);
  }
  const filter = sha256Hex(canonicalJson({ kinds, labels }));
  const after = parsePageToken(pageToken, filter);
  const found = await jobs.list({ kinds, labels });
  const isBehind = (job: contract.Job, { time, name }: PageToken) =>
    createTime(job) < time || (createTime(job) === time && job.name > name);
  const rest = after ? found.filter((job) => isBehind(job, after)) : found;
  const page = rest.slice(0, request.pageSize || DEFAULT_PAGE_SIZE);
  const last = page.at(-1);
  if (!last || page.length === rest.length) return { jobs: page, nextPageToken: "" };
  const token: PageToken = { time: createTime(last), name: last.name, filter };
  return { jobs: page, nextPageToken: Buffer.from(JSON.stringify(token)).toString("base64url") };
}

/** `srlm.jobs.v1.JobService` over the shared state of jobs. */
export function jobService(jobs: Jobs): Implementation {
  return implement(contract.JobServiceDefinition, {
    async getJob({ name }) {
      return { job: await jobs.get(name) };
    },
    async listJobs(request) {
      return listPage(jobs, request);
    },
    async cancelJob({ name }) {
      return { job: await jobs.cancel(name) };
    },
    async resumeJob({ name }) {
      return { job: await jobs.resubmit(name) };
    },
    async *watchJob({ name, afterSequence }, { signal }) {
      for await (const job of jobs.watch(name, { afterSequence, signal })) yield { job };
    },
  });
}
