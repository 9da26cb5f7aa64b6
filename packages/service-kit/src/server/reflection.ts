import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { descriptorSet } from "@srlm/contracts";

/** grpc-js's own types for it ask for more of a package than is read: the descriptors of its files. */
interface ReflectionModule {
  readonly ReflectionService: new (
    packages: Record<string, { readonly fileDescriptorProtos: readonly Uint8Array[] }>,
    options: { readonly services: readonly string[] },
  ) => {
    addToServer(server: { addService(service: ServiceDefinition, handlers: UntypedServiceImplementation): void }): void;
  };
}

const { ReflectionService } = createRequire(import.meta.url)("@grpc/reflection") as ReflectionModule;

/** Tag of `repeated FileDescriptorProto file = 1` of google.protobuf.FileDescriptorSet. */
const FILE_TAG = 10;

function fileDescriptors(set: Uint8Array): Uint8Array[] {
  const reader = new BinaryReader(set);
  const files: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === FILE_TAG) files.push(reader.bytes());
    else reader.skip(tag & 7);
  }
  return files;
}

export interface ReflectionRegistration {
  readonly definition: ServiceDefinition;
  readonly handlers: Record<string, (requests: AsyncIterable<unknown>) => AsyncGenerator<unknown>>;
}

/** The library answers each request in the turn in which it is handed over. */
function toGenerator(handler: (call: EventEmitter) => void) {
  return async function* reflect(requests: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    const answers: unknown[] = [];
    const call = Object.assign(new EventEmitter(), {
      write: (answer: unknown) => answers.push(answer),
      end: () => {},
    });
    handler(call);
    for await (const request of requests) {
      call.emit("data", request);
      yield* answers.splice(0);
    }
  };
}

/** Server reflection, v1 and v1alpha, for the named services, from the descriptors of the contracts. */
export function reflection(services: readonly string[]): ReflectionRegistration[] {
  const registrations: ReflectionRegistration[] = [];
  const packages = { contracts: { fileDescriptorProtos: fileDescriptors(descriptorSet()) } };
  new ReflectionService(packages, { services }).addToServer({
    addService(definition, implementation) {
      const handlers = Object.fromEntries(
        Object.entries(implementation).map(([name, handler]) => [
          name,
          toGenerator(handler as unknown as (call: EventEmitter) => void),
        ]),
      );
      registrations.push({ definition, handlers });
    },
  });
  return registrations;
}
