/** Where a ray meets a model. No part of three.js: it comes with measuring, not with the first load. */

import type { Mesh, Object3D } from "three";
import { nearestTriangle, type Ray, rayInside, type Span } from "../core/pick";

/** Coordinates of meshes that were picked on, as numbers: kept as long as the mesh is. */
const picked = new WeakMap<Mesh["geometry"], Float32Array>();

/** Where a ray of the world first meets a model within a span, as a length along it; null: nowhere. */
export function raycastModel(model: Object3D, ray: Ray, span: Span): number | null {
  let { to } = span;
  model.traverse((object) => {
    if (!(object as Mesh).isMesh) return;
    const { geometry, matrixWorld } = object as Mesh;
    const inside = rayInside(matrixWorld.elements, ray);
    const index = geometry.index?.array ?? null;
    to = (inside && nearestTriangle(cornersOf(geometry), index, inside, { ...span, to })) ?? to;
  });
  return to < span.to ? to : null;
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
