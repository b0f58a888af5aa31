/** What is seen and done inside a panorama: the walk with its ways, and every turn of the gaze. */

import type { Gaze } from "../core/gaze";
import type { Standpoint } from "../core/link";
import { waysOf } from "../core/links";
import type { Node, PackageFiles, Tour } from "../core/manifest";
import type { View } from "../core/orbit";
import type { ScreenPoint } from "../core/project";
import { anglesOf, rayOf } from "../core/sphere";
import { add, sub, type Vec3 } from "../core/vector";
import type { Stage } from "../three/stage";
import type { Walk, WalkEvents } from "../three/walk";
import { deviceOf } from "./device";
import type { Ways } from "./ways";

/** A double click comes so much nearer. */
const FOCUS = 0.6;

export class NodeView {
  readonly walk: Walk;
  #first: Standpoint | null = null;

  constructor(
    private readonly tour: Tour,
    files: PackageFiles,
    stage: Stage,
    chunk: typeof import("../three/walk"),
    reduced: boolean,
    private readonly ways: Ways,
    events: WalkEvents,
  ) {
    const device = deviceOf(stage.maxTexture);
    this.walk = new chunk.Walk(tour.nodes ?? [], files, stage, device, reduced, events);
  }

  /** The camera on show; null while there is nothing to see. */
  get view(): View | null {
    const { eye } = this.walk;
    if (!eye) return null;
    const ahead = rayOf({ yaw: eye.heading, pitch: eye.pitch });
    return { position: eye.position, target: add(eye.position, ahead) };
  }

  /** Shows a first node; "home" leads back to how it is looked at. Raises Problem. */
  async begin(first: Standpoint): Promise<void> {
    this.#first = first;
    await this.walk.goTo(this.walk.node(first.node) as Node, this.walk.gazeOf(first));
  }

  /** The first view of the first node; elsewhere level ahead. */
  reset(): void {
    const { walk } = this;
    const node = walk.current?.id ?? "";
    const home = this.#first?.node === node ? this.#first : { node, yaw: 0, pitch: 0, fov: null };
    walk.gaze.fly({ ...walk.gazeOf(home), fov: walk.usualFov });
  }

  /** Turns to a point of the world. */
  seek(point: Vec3): void {
    const from = this.walk.current?.pose.position;
    if (!from) return;
    const { yaw, pitch } = anglesOf(sub(point, from));
    this.walk.gaze.fly({ heading: yaw, pitch });
  }

  /** Comes nearer to what lies in a direction. */
  focus(direction: Vec3): void {
    const { gaze } = this.walk;
    const { yaw, pitch } = anglesOf(direction);
    gaze.fly({ heading: yaw, pitch, fov: gaze.goal.fov * FOCUS });
  }

  /** Looks somewhere at once. */
  jump(gaze: Partial<Gaze>): void {
    this.walk.gaze.jump(gaze);
  }

  showWays(node: Node): void {
    const ways = waysOf(node, this.tour.nodes ?? [], this.tour.world);
    this.ways.set(ways, this.walk.gaze.goal.heading);
  }

  frame(
    project: (point: Vec3) => ScreenPoint,
    size: { width: number; height: number },
    heading: number,
    resting: boolean,
  ): void {
    this.ways.update(project, size, heading, resting);
  }
}
