/** Brings the tiles of a large model onto the stage, after its first derivative. */

import type { ModelTiles, PackageFiles } from "../core/manifest";
import { meshLimits } from "../core/mesh-limits";
import { Problem } from "../core/problem";
import type { MeshTiles, MeshTilesState } from "../three/mesh-tiles";
import type { Stage } from "../three";
import { deviceOf } from "./device";

export class TilesOfModel {
  #tiles: MeshTiles | null = null;
  #problem: Problem | null = null;

  /** Never raises: without tiles the derivative stays. */
  constructor(
    private readonly model: ModelTiles,
    private readonly files: PackageFiles,
    private readonly stage: Stage,
    /** What could not be shown, once. */
    private readonly onProblem: (problem: Problem) => void,
  ) {
    void this.#open().catch((reason: unknown) =>
      this.#say(new Problem("network", `tiles: ${String(reason)}`)),
    );
  }

  /** What is on show; null while nothing is. */
  get state(): MeshTilesState | null {
    return this.#tiles?.state ?? null;
  }

  async #open(): Promise<void> {
    const chunk = await import("../three/mesh-tiles");
    const limits = meshLimits(deviceOf(this.stage.maxTexture));
    this.#tiles = new chunk.MeshTiles(this.model, this.files, this.stage, limits, {
      onChange: () => this.stage.invalidate(),
      onMissing: (problem) => this.#say(problem),
      onFailed: (problem) => {
        this.#tiles = null;
        this.#say(problem);
      },
    });
    this.stage.invalidate();
  }

  #say(problem: Problem): void {
    console.info(`vtour: ${problem.kind}: ${problem.message}`);
    if (!this.#problem) this.onProblem(problem);
    this.#problem = problem;
  }
}
