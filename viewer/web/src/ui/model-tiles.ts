/** Brings the tiles of a large model onto the stage, after its first derivative. */

import type { Ground } from "../core/ground";
import type { ModelTiles, PackageFiles } from "../core/manifest";
import type { MeshLimits } from "../core/mesh-limits";
import { Problem } from "../core/problem";
import type { MeshTiles, MeshTilesState } from "../three/mesh-tiles";
import type { LoadedModel } from "../three/models";
import type { Stage } from "../three";

export interface TilesEvents {
  /** What could not be shown, once. */
  onProblem(): void;
  /** There will be no tiles: the derivative stays. */
  onFailed(): void;
  /** What stands for the model where it is gone around; null: its derivative. */
  onGround(ground: Ground | null): void;
}

export class TilesOfModel {
  #tiles: MeshTiles | null = null;
  #told = false;
  #shown = true;

  /** Never raises. */
  constructor(
    private readonly model: ModelTiles,
    private readonly files: PackageFiles,
    private readonly stage: Stage,
    private readonly derivative: LoadedModel,
    private readonly limits: MeshLimits,
    private readonly events: TilesEvents,
  ) {
    void this.#open().catch((reason: unknown) => this.#fail(new Problem("network", `tiles: ${String(reason)}`)));
  }

  /** What is on show; null while nothing is. */
  get state(): MeshTilesState | null {
    return this.#tiles?.state ?? null;
  }

  set shown(shown: boolean) {
    this.#shown = shown;
    if (this.#tiles) this.#tiles.shown = shown;
  }

  async #open(): Promise<void> {
    const chunk = await import("../three/mesh-tiles");
    const { root } = this.derivative;
    this.#tiles = new chunk.MeshTiles(this.model, this.files, this.stage, root, this.limits, {
      onChange: () => this.stage.invalidate(),
      onMissing: (problem) => this.#say(problem),
      onFailed: (problem) => this.#fail(problem),
      onGround: (ground) => this.events.onGround(ground),
    });
    this.#tiles.shown = this.#shown;
    this.stage.invalidate();
  }

  #fail(problem: Problem): void {
    this.#tiles = null;
    this.#say(problem);
    this.events.onFailed();
  }

  #say(problem: Problem): void {
    console.info(`vtour: ${problem.kind}: ${problem.message}`);
    if (!this.#told) this.events.onProblem();
    this.#told = true;
  }
}
