import { readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { ArtifactError } from "../artifact-error.ts";
import { type ArtifactManifest, artifactManifestSchema } from "../artifact-manifest.ts";
import { canonicalJson } from "../canonical-json.ts";
import { sha256Hex } from "../digest.ts";
import { publish, type TemporaryFolder } from "./atomic-file.ts";

/** Manifests as files `<folder>/<first two digits>/<artifact's digest>/<digest of the manifest>.json`. */
export class Manifests {
  readonly #folder: string;
  readonly #temporary: TemporaryFolder;

  constructor(folder: string, temporary: TemporaryFolder) {
    this.#folder = folder;
    this.#temporary = temporary;
  }

  async put(manifest: ArtifactManifest, signal: AbortSignal | undefined): Promise<void> {
    const checked = artifactManifestSchema.safeParse(manifest);
    if (!checked.success) {
      throw new ArtifactError("ARTIFACT_MANIFEST_INVALID", `manifest: ${z.prettifyError(checked.error)}`);
    }
    const content = Buffer.from(canonicalJson(checked.data));
    const temporary = await this.#temporary.write([content], signal);
    try {
      await publish(temporary, join(this.#of(manifest.sha256), `${sha256Hex(content)}.json`));
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async read(sha256: string, signal: AbortSignal | undefined): Promise<ArtifactManifest[]> {
    signal?.throwIfAborted();
    const folder = this.#of(sha256);
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    const sorted = names.sort((a, b) => (a < b ? -1 : 1));
    return Promise.all(sorted.map((name) => this.#readOne(join(folder, name), sha256)));
  }

  #of(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }

  async #readOne(path: string, sha256: string): Promise<ArtifactManifest> {
    const content = await readFile(path);
    if (basename(path) === `${sha256Hex(content)}.json`) {
      const parsed = artifactManifestSchema.safeParse(JSON.parse(content.toString("utf8")));
      if (parsed.success && parsed.data.sha256 === sha256) return parsed.data;
    }
    throw new ArtifactError("ARTIFACT_MANIFEST_INVALID", `manifest ${path} was changed or damaged: remove it`, {
      field: "path",
      value: path,
    });
  }
}
