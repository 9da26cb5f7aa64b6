import { expect, it } from "vitest";
import { socketPath } from "./socket-address.ts";

it("puts the socket into the run's folder, or where that path is too long into the temporary one", () => {
  expect(socketPath("/runs/a/state")).toBe("/runs/a/state/srlm.sock");
  const long = socketPath(`/${"x".repeat(90)}/state`, "/tmp");
  expect(long).toMatch(/^\/tmp\/srlm-\d+\/[0-9a-f]{16}\.sock$/);
  expect(socketPath(`/${"y".repeat(90)}/state`, "/tmp")).not.toBe(long);
  expect(Buffer.byteLength(long)).toBeLessThan(104);
  // Bytes count, not characters.
  expect(socketPath(`/${"ü".repeat(45)}/state`, "/tmp")).toMatch(/^\/tmp/);
});
