/** The camera of one model: where it starts, where it may go, what it sees. */

import { boundsOfTriangles, mainBounds } from "./bounds";
import { TriangleTree } from "./bvh";
import type { ViewPoint } from "./manifest";
import { Motion } from "./motion";
import { directionOf, limitsFor, nearestTurn, type Orbit, orbitOf, orbitTowards } from "./orbit";
import type { View } from "./orbit";
import { type Screen, startOrbit } from "./start";
import { Surfaces } from "./surfaces";
import { add, type Box, boxesUnion, distance, radiusOf, scale, sub, unit, type Vec3 } from "./vector";

/** A hotspot is looked at from this share of the model's radius away. */
const HOTSPOT_REACH = 0.75;
/** Whoever leaves a panorama sees it from this share of the radius away, and from this high. */
const BEHIND_REACH = 0.9;
const FROM_ABOVE = (32 * Math.PI) / 180;
/** A surface this near to a hotspot, as a share of the radius, does not hide it: it carries it. */
const TOUCHES = 0.02;
/** The camera stays this share of the radius before a surface. */
const GAP = 0.01;

export class Navigation {
  readonly motion: Motion;
  /** All models with their crumbs, and what the manifest says of the finer ones. */
  bounds: Box;
  #tree: TriangleTree;
  #main: Box;
  readonly #surfaces: Surfaces;
  /** How many triangles come before each model after the first, in the order in which they came. */
  readonly #ends: number[] = [];

  /** corners: nine numbers a triangle of the coarsest derivative of the first model, in the world. */
  constructor(
    private corners: Float32Array,
    declared: Box | null,
    private readonly viewpoint: ViewPoint | null,
    private readonly places: readonly Vec3[],
    reduced: boolean,
    screen: Screen,
  ) {
    this.#tree = new TriangleTree(corners);
    const seen = boundsOfTriangles(corners);
    this.bounds = declared ? boxesUnion(declared, seen) : seen;
    this.#main = mainBounds(corners);
    const first = this.start(screen);
    const gap = Math.min(radiusOf(this.#main) * GAP, first.distance / 8);
    this.#surfaces = new Surfaces(this.#tree, gap);
    this.motion = new Motion(first, limitsFor(this.#main, first), reduced, this.#surfaces);
  }

  /** The coarsest derivative of another model is here: the camera may go there too. */
  grow(more: Float32Array): void {
    this.#ends.push(this.#tree.triangles);
    const corners = new Float32Array(this.corners.length + more.length);
    corners.set(this.corners);
    corners.set(more, this.corners.length);
    this.corners = corners;
    this.#surfaces.tree = this.#tree = new TriangleTree(corners);
    this.bounds = boxesUnion(this.bounds, boundsOfTriangles(more));
    this.#main = boxesUnion(this.#main, mainBounds(more));
    this.motion.limits = limitsFor(this.#main, this.motion.goal);
  }

  /** Which model a ray meets first, by the order in which they came, and how far away. */
  look(origin: Vec3, direction: Vec3): { model: number; distance: number } | null {
    const hit = this.#tree.raycast(origin, direction);
    return hit && { model: this.#ends.filter((end) => end <= hit.triangle).length, distance: hit.distance };
  }

  start(screen: Screen): Orbit {
    return startOrbit(
      this.viewpoint,
      this.corners,
      this.#main,
      screen,
      this.places,
      (from, direction) => this.#tree.raycast(from, direction)?.distance ?? Number.POSITIVE_INFINITY,
    );
  }

  /** Goes to the first view of this screen, which may have another shape than before. */
  reset(screen: Screen): void {
    const first = this.start(screen);
    this.motion.limits = limitsFor(this.#main, first);
    this.motion.fly(first);
  }

  jump(view: View): void {
    this.motion.jump(orbitOf(view));
  }

  /** Flies to where a hotspot can be seen well; `near` comes close, else the distance is kept. */
  seek(point: Vec3, near: boolean): void {
    const from = this.motion.goal;
    const close = Math.min(radiusOf(this.#main) * HOTSPOT_REACH, from.distance);
    const reach = near ? close : from.distance;
    const shows = (position: Vec3): boolean => this.#shows(position, point);
    this.motion.fly(orbitTowards(point, from, reach, this.motion.limits, shows));
  }

  /** Looks down on a place from behind somebody who stands there and looks along a heading. */
  behind(place: Vec3, heading: number): Orbit {
    const from = { ...this.motion.goal, azimuth: -heading, elevation: FROM_ABOVE };
    const reach = radiusOf(this.#main) * BEHIND_REACH;
    const shows = (position: Vec3): boolean => this.sees(position, place);
    return orbitTowards(place, from, reach, this.motion.limits, shows);
  }

  /** Comes nearer to what a ray meets; false when it meets nothing. */
  focus(origin: Vec3, direction: Vec3): boolean {
    const hit = this.#tree.raycast(origin, direction);
    if (!hit) return false;
    const from = this.motion.goal;
    const back = directionOf(from.azimuth, from.elevation);
    const off = add(hit.point, scale(back, radiusOf(this.#main) * TOUCHES));
    const room = this.#tree.raycast(off, back)?.distance ?? Number.POSITIVE_INFINITY;
    const reach = Math.min(from.distance * 0.55, hit.distance * 0.7, room * 0.85);
    this.motion.fly({ ...from, target: hit.point, distance: reach });
    return true;
  }

  northUp(): void {
    const from = this.motion.goal;
    this.motion.fly({ ...from, azimuth: from.azimuth - nearestTurn(from.azimuth) });
  }

  /** Whether nothing but its own surface stands between a position and a point. */
  sees(position: Vec3, point: Vec3): boolean {
    const away = distance(position, point) - radiusOf(this.#main) * TOUCHES;
    return away <= 0 || !this.#tree.raycast(position, unit(sub(point, position)), away);
  }

  /** As `sees`, and the surface that carries the point is not seen from inside the model. */
  #shows(position: Vec3, point: Vec3): boolean {
    const touching = radiusOf(this.#main) * TOUCHES;
    const away = distance(position, point);
    const hit = this.#tree.raycast(position, unit(sub(point, position)), away + touching);
    return !hit || (hit.distance > away - touching && hit.front);
  }
}
