import { ArtifactError } from "@srlm/artifacts";
import { BusError } from "@srlm/messaging";
import { Status } from "nice-grpc-common";
import { describe, expect, it } from "vitest";
import { invalidArgument, required, unavailable } from "./errors.ts";
import { ServiceError } from "./service-error.ts";
import { decodeStatusDetails, encodeStatusDetails, sentMessage } from "./status-details.ts";

describe("ServiceError.from", () => {
  it("keeps code, reason and field of the errors of packages", () => {
    const artifact = new ArtifactError("ARTIFACT_NOT_FOUND", "no artifact 12", { field: "artifact.sha256" });
    expect(ServiceError.from(artifact)).toMatchObject({
      code: Status.NOT_FOUND,
      reason: "ARTIFACT_NOT_FOUND",
      message: "no artifact 12",
      fields: [{ field: "artifact.sha256", description: "no artifact 12" }],
      cause: artifact,
    });
    expect(ServiceError.from(new BusError("BUS_CLOSED", "closed"))).toMatchObject({ retryable: true });
  });

  it("takes a system error for a defect: its code is no gRPC code", () => {
    const error = Object.assign(new Error("ENOENT: /secret"), { code: "ENOENT", reason: "X" });
    expect(ServiceError.from(error)).toMatchObject({ code: Status.INTERNAL, reason: "INTERNAL" });
    expect(ServiceError.from(error).message).not.toContain("secret");
    expect(ServiceError.from("a string")).toMatchObject({ code: Status.INTERNAL });
  });

  it("knows an abort", () => {
    expect(ServiceError.from(new DOMException("stop", "AbortError"))).toMatchObject({ code: Status.CANCELLED });
  });

  it("returns a ServiceError itself", () => {
    const error = unavailable("ENGINE_CRASHED", "died");
    expect(ServiceError.from(error)).toBe(error);
  });
});

it("refuses a reason that is not UPPER_SNAKE", () => {
  expect(() => new ServiceError(Status.INTERNAL, "not snake", "x")).toThrow("UPPER_SNAKE");
});

it("says which field must be set", () => {
  expect(() => required("", "spec.model")).toThrow("spec.model must be set");
  expect(required(0, "spec.seed")).toBe(0);
});

describe("status details", () => {
  it("come back as the same error, without the cause", () => {
    const error = new ServiceError(Status.NOT_FOUND, "RUN_NOT_FOUND", "no run 7", {
      fields: [{ field: "name", description: "must be a run" }],
      metadata: { run: "7" },
      cause: new Error("secret"),
    });
    const bytes = encodeStatusDetails(error);
    expect(Buffer.from(bytes).toString("latin1")).not.toContain("secret");
    expect(decodeStatusDetails(Status.NOT_FOUND, bytes, undefined)).toMatchObject({
      code: error.code,
      reason: error.reason,
      message: error.message,
      fields: error.fields,
      metadata: error.metadata,
    });
  });

  it("stay below 8 KiB with the message", () => {
    const fields = Array.from({ length: 50 }, (_, i) => ({ field: `f${i}`, description: "x".repeat(5000) }));
    const error = new ServiceError(Status.INVALID_ARGUMENT, "BAD", "y".repeat(100_000), { fields });
    expect(encodeStatusDetails(error).length * (4 / 3) + sentMessage(error).length).toBeLessThan(8192);
    expect(decodeStatusDetails(error.code, encodeStatusDetails(error), undefined)?.fields).toHaveLength(8);
  });

  it("are left alone when somebody else wrote them", () => {
    expect(decodeStatusDetails(Status.NOT_FOUND, new Uint8Array([1, 2, 3]), undefined)).toBeUndefined();
    expect(decodeStatusDetails(Status.NOT_FOUND, new Uint8Array(), undefined)).toBeUndefined();
  });
});

it("invalidArgument names the field once in the message and once as violation", () => {
  expect(invalidArgument("spec.beta", "must be positive, got -1")).toMatchObject({
    message: "spec.beta must be positive, got -1",
    fields: [{ field: "spec.beta", description: "must be positive, got -1" }],
  });
});
