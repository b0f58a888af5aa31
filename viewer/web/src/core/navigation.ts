/** The camera at the models: where it starts, where it may go, what it sees. */

import { boundsOfTriangles, cornersOf, mainBounds, pointsOn, someOf } from "./bounds";
import { TriangleTree } from "./bvh";
import { type Ground, Grounds } from "./ground";
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

/** A model that is here. */
interface Part {
  /** Of its coarsest derivative: nine numbers a triangle, in the world. */
  readonly corners: Float32Array;
  readonly main: Box;
  readonly tree: Ground;
  /** What rays meet: its tree, or what is finer and on show. */
  ground: Ground;
}

/** So many points of each model say where it is, where there are several. */
const POINTS_EACH = 1000;

export class Navigation {
  readonly motion: Motion;
  /** All models with their crumbs, and what the manifest says of the finer ones. */
  bounds: Box;
  #main: Box;
  #ground: Ground;
  readonly #surfaces: Surfaces;
  /** By their places in the manifest. */
  readonly #parts = new Map<number, Part>();
  readonly #hidden = new Set<number>();

  /**
   * first: the model that is here first, by its place among all; corners: of its coarsest derivative,
   * nine numbers a triangle, in the world; declared: the box around each model, as far as it is said.
   */
  constructor(
    first: number,
    corners: Float32Array,
    private readonly declared: readonly (Box | null)[],
    private readonly viewpoint: ViewPoint | null,
    private readonly places: readonly Vec3[],
    reduced: boolean,
    screen: Screen,
  ) {
    this.bounds = [...declared, boundsOfTriangles(corners)].filter((box) => box !== null).reduce(boxesUnion);
    this.#parts.set(first, partOf(corners));
    this.#ground = this.#grounds;
    this.#main = this.#mainBox;
    const orbit = this.start(screen);
    const gap = Math.min(radiusOf(this.#main) * GAP, orbit.distance / 8);
    this.#surfaces = new Surfaces(this.#ground, gap);
    this.motion = new Motion(orbit, limitsFor(this.#main, orbit), reduced, this.#surfaces);
  }

  /** Another model is here: the camera may go there too. True when nobody had said where it is. */
  put(model: number, corners: Float32Array): boolean {
    this.#parts.set(model, partOf(corners));
    this.bounds = boxesUnion(this.bounds, boundsOfTriangles(corners));
    this.#renew();
    return !this.declared[model];
  }

  /** A model is on show, or not: what is not hides nothing and stops nobody. */
  show(model: number, shown: boolean): void {
    if (shown) this.#hidden.delete(model);
    else this.#hidden.add(model);
    this.#renew();
  }

  /** What is on show of a model in place of its coarsest derivative; null: that again. */
  stand(model: number, ground: Ground | null): void {
    const part = this.#parts.get(model);
    if (part) part.ground = ground ?? part.tree;
  }

  #renew(): void {
    this.#surfaces.ground = this.#ground = this.#grounds;
    this.#main = this.#mainBox;
    this.motion.limits = limitsFor(this.#main, this.motion.goal);
  }

  /** Those on show; all where none is, so that there is something to go around. */
  get #shown(): readonly (readonly [number, Part])[] {
    const all = [...this.#parts];
    const shown = all.filter(([model]) => !this.#hidden.has(model));
    return shown.length > 0 ? shown : all;
  }

  /** Boxes of models that are to come. */
  get #ahead(): Box[] {
    const isAhead = (model: number): boolean => !this.#parts.has(model) && !this.#hidden.has(model);
    return this.declared.filter((box, model) => box !== null && isAhead(model)) as Box[];
  }

  get #grounds(): Ground {
    return new Grounds(this.#shown.map(([, part]) => ({
      raycast: (...ray) => part.ground.raycast(...ray),
      distanceTo: (...to) => part.ground.distanceTo(...to),
    })));
  }

  get #mainBox(): Box {
    return [...this.#shown.map(([, { main }]) => main), ...this.#ahead].reduce(boxesUnion);
  }

  /** Which model a ray meets first, and how far away. */
  look(origin: Vec3, direction: Vec3): { model: number; distance: number } | null {
    let best: { model: number; distance: number } | null = null;
    for (const [model, { ground }] of this.#shown) {
      const hit = ground.raycast(origin, direction, best?.distance);
      if (hit) best = { model, distance: hit.distance };
    }
    return best;
  }

  start(screen: Screen): Orbit {
    return this.#framing(this.viewpoint, this.#points, this.#main, screen, [...this.places, ...this.#ends]);
  }

  /** Where several models end: the first view on a narrow screen cuts none of them. */
  get #ends(): Vec3[] {
    const boxes = [...this.#shown.map(([, { main }]) => main), ...this.#ahead];
    return boxes.length > 1 ? boxes.flatMap(cornersOf) : [];
  }

  #framing(from: ViewPoint | null, points: Float32Array, main: Box, screen: Screen, keep: readonly Vec3[]): Orbit {
    const room = (origin: Vec3, direction: Vec3): number =>
      this.#ground.raycast(origin, direction)?.distance ?? Number.POSITIVE_INFINITY;
    return startOrbit(from, points, main, screen, keep, room);
  }

  /** What the first view shows: of several models as much each, be they here or to come. */
  get #points(): Float32Array {
    const [shown, ahead] = [this.#shown, this.#ahead];
    const [first] = shown;
    if (first && shown.length === 1 && ahead.length === 0) return first[1].corners;
    const points = [...shown.map(([, { corners }]) => someOf(corners, POINTS_EACH)), ...ahead.map(pointsOn)];
    return Float32Array.from(points.flatMap((each) => [...each]));
  }

  /** Goes to the first view of this screen, which may have another shape than before. */
  reset(screen: Screen): void {
    this.#fly(this.start(screen));
  }

  /** Goes to where one model is seen whole. */
  frame(model: number, screen: Screen): void {
    const part = this.#parts.get(model);
    const box = part?.main ?? this.declared[model];
    if (box) this.#fly(this.#framing(null, part?.corners ?? pointsOn(box), box, screen, []));
  }

  #fly(to: Orbit): void {
    this.motion.limits = limitsFor(this.#main, to);
    this.motion.fly(to);
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
    const hit = this.#ground.raycast(origin, direction);
    if (!hit) return false;
    const from = this.motion.goal;
    const back = directionOf(from.azimuth, from.elevation);
    const off = add(hit.point, scale(back, radiusOf(this.#main) * TOUCHES));
    const room = this.#ground.raycast(off, back)?.distance ?? Number.POSITIVE_INFINITY;
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
    return away <= 0 || !this.#ground.raycast(position, unit(sub(point, position)), away);
  }

  /** As `sees`, and the surface that carries the point is not seen from inside the model. */
  #shows(position: Vec3, point: Vec3): boolean {
    const touching = radiusOf(this.#main) * TOUCHES;
    const away = distance(position, point);
    const hit = this.#ground.raycast(position, unit(sub(point, position)), away + touching);
    return !hit || (hit.distance > away - touching && hit.front);
  }
}

function partOf(corners: Float32Array): Part {
  const tree = new TriangleTree(corners);
  return { corners, main: mainBounds(corners), tree, ground: tree };
}
