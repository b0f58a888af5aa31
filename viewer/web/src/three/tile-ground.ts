/**
 * The tiles on show as what a camera stays before and comes nearer to, in place of the derivative,
 * which may be decimetres beside them.
 *
 * Each tile has a tree of its own, built while there is nothing else to do: 40,000 faces take some
 * 25 ms. Until all that are on show have one, those before them stand.
 */

import type { Object3D } from "three";
import { TriangleTree } from "../core/bvh";
import { type Ground, Grounds } from "../core/ground";
import { facesOf } from "./meshes";
import { trianglesIn } from "./model";

export class TileGround {
  readonly #trees = new WeakMap<Object3D, TriangleTree>();
  #wanted: readonly Object3D[] = [];
  #stop: () => void = () => undefined;

  constructor(
    /** More faces than that are too many for the memory: then the derivative stands. */
    private readonly mostFaces: number,
    private readonly onGround: (ground: Ground | null) => void,
  ) {}

  /** These tiles are on show from now on. */
  show(scenes: readonly Object3D[]): void {
    this.#stop();
    this.#wanted = scenes;
    const faces = scenes.reduce((sum, scene) => sum + facesOf(scene), 0);
    if (scenes.length === 0 || faces > this.mostFaces) return this.onGround(null);
    this.#stop = whenIdle(() => this.#build());
  }

  dispose(): void {
    this.#stop();
    this.onGround(null);
  }

  /** One tree at a time. */
  #build(): void {
    const next = this.#wanted.find((scene) => !this.#trees.has(scene));
    if (next) this.#trees.set(next, new TriangleTree(trianglesIn(next)));
    if (this.#wanted.some((scene) => !this.#trees.has(scene))) this.#stop = whenIdle(() => this.#build());
    else this.onGround(new Grounds(this.#wanted.map((scene) => this.#trees.get(scene) as TriangleTree)));
  }
}

/** Returns what calls it off. Safari knows no idle callbacks. */
function whenIdle(run: () => void): () => void {
  if (typeof requestIdleCallback === "function") {
    const id = requestIdleCallback(run, { timeout: 2000 });
    return () => cancelIdleCallback(id);
  }
  const id = setTimeout(run, 50);
  return () => clearTimeout(id);
}
