/** Where a ray meets what is drawn of the models: derivatives and tiles. It comes with measuring, not with the first load. */

import type { Mesh, Object3D } from "three";
import { nearestTriangle, passes, type Ray, rayInside, type Span } from "../core/pick";
import { length, scale } from "../core/vector";
import { errors, HIDDEN_LAYER } from "./meshes";

/** Coordinates of meshes that were picked on, as numbers: kept as long as the mesh is. */
const picked = new WeakMap<Mesh["geometry"], Float32Array>();

export interface SurfaceHit {
  /** Along the ray, in lengths of its direction. */
  readonly away: number;
  /** How far this surface is from the master's, in units of the world; null: not known. */
  readonly error: number | null;
}

/** Where a ray of the world first meets what is drawn of models within a span; null: nowhere. */
export function raycastModel(models: Object3D, ray: Ray, span: Span): SurfaceHit | null {
  let { to } = span;
  let met: Object3D | null = null;
  models.traverseVisible((object) => {
    if (!(object as Mesh).isMesh || object.layers.isEnabled(HIDDEN_LAYER)) return;
    const { geometry, matrixWorld } = object as Mesh;
    const inside = rayInside(matrixWorld.elements, ray);
    if (!inside || !meetsBall(geometry, inside)) return;
    const hit = nearestTriangle(cornersOf(geometry), geometry.index?.array ?? null, inside, { ...span, to });
    if (hit !== null) [to, met] = [hit, object];
  });
  return met && { away: to, error: errorOf(met) };
}

/** Most tiles of a large model are passed: they cost nothing. */
function meetsBall(geometry: Mesh["geometry"], { origin, direction }: Ray): boolean {
  if (!geometry.boundingSphere) geometry.computeBoundingSphere();
  const { center, radius } = geometry.boundingSphere as NonNullable<Mesh["geometry"]["boundingSphere"]>;
  const size = length(direction);
  return passes({ origin, direction: scale(direction, 1 / size) }, center.toArray(), radius, 0);
}

/** What was said of the object itself or of what it is a part of. */
function errorOf(object: Object3D | null): number | null {
  for (let each = object; each; each = each.parent) {
    const error = errors.get(each);
    if (error !== undefined) return error;
  }
  return null;
}

/** Undoes the quantisation of KHR_mesh_quantization. */
function cornersOf(geometry: Mesh["geometry"]): Float32Array {
  const known = picked.get(geometry);
  if (known) return known;
  const position = geometry.attributes.position;
  const corners = new Float32Array(3 * (position?.count ?? 0));
  for (let i = 0; position && i < position.count; i++)
    corners.set([position.getX(i), position.getY(i), position.getZ(i)], 3 * i);
  picked.set(geometry, corners);
  return corners;
}
