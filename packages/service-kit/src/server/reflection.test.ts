import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { credentials, type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { pairing } from "@srlm/contracts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { implement } from "../handlers.ts";
import { TestBed } from "../testing/test-bed.ts";

const require = createRequire(import.meta.url);

let bed: TestBed;
beforeEach(async () => {
  bed = await TestBed.open();
});
afterEach(() => bed.close());

interface Answer {
  readonly listServicesResponse?: { readonly service: { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: Buffer[] };
  readonly errorResponse?: { readonly errorCode: number };
}

/** Asks as grpcurl does, with grpc-js and the reflection contract that the library ships. */
async function ask(address: string, version: "v1" | "v1alpha", requests: object[]): Promise<Answer[]> {
  const library = require.resolve("@grpc/reflection");
  const loader = createRequire(library)("@grpc/proto-loader") as {
    loadSync(path: string): Parameters<typeof loadPackageDefinition>[0];
  };
  const proto = join(dirname(library), `../proto/grpc/reflection/${version}/reflection.proto`);
  const { grpc } = loadPackageDefinition(loader.loadSync(proto)) as unknown as {
    grpc: { reflection: Record<string, GrpcObject & { ServerReflection: ServiceClientConstructor }> };
  };
  const client = new grpc.reflection[version]!.ServerReflection(address, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest(
    `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
    grpc.reflection[version]!.ServerReflection.service.ServerReflectionInfo!.requestSerialize,
    grpc.reflection[version]!.ServerReflection.service.ServerReflectionInfo!.responseDeserialize,
  );
  const answers: Answer[] = [];
  for (const request of requests) stream.write(request);
  stream.end();
  for await (const answer of stream) answers.push(answer as Answer);
  client.close();
  return answers;
}

it.each(["v1", "v1alpha"] as const)("lists services and gives their descriptors (%s)", async (version) => {
  const { address } = await bed.serve([
    {
      name: "pairing",
      create: async () => ({
        implementations: [
          implement(pairing.PairingServiceDefinition, {
            buildPairs: async () => ({}),
            startPairing: async () => ({}),
          }),
        ],
      }),
    },
  ]);
  const [list, file, unknown] = await ask(address, version, [
    { listServices: "*" },
    { fileContainingSymbol: "srlm.pairing.v1.PairingService" },
    { fileContainingSymbol: "srlm.nothing.v1.Here" },
  ]);
  expect(list!.listServicesResponse!.service.map(({ name }) => name).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    "grpc.health.v1.Health",
    "srlm.jobs.v1.JobService",
    "srlm.pairing.v1.PairingService",
  ]);
  const files = file!.fileDescriptorResponse!.fileDescriptorProto.map((bytes) => bytes.toString("latin1"));
  expect(files.some((text) => text.includes("srlm/pairing/v1/pairing.proto"))).toBe(true);
  expect(files.some((text) => text.includes("srlm/artifacts/v1/artifacts.proto"))).toBe(true);
  expect(unknown!.errorResponse!.errorCode).toBe(5);
});
