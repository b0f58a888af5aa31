/** What a tile of points holds, as three.js has it: where its points are, how far apart, which colours. */

import type { BufferAttribute, InterleavedBufferAttribute, Points } from "three";
import type { Tile } from "3d-tiles-renderer/core";
import { mapped } from "../core/matrix";
import { type Coordinates, passes, type Ray } from "../core/pick";
import { type Box, sub, type Vec3 } from "../core/vector";
import type { PointColours } from "./point-material";

/**
 * The spacing of a tile's points in metres: its error; of a leaf that of the finest points, where it is
 * told, else half that of the tile above.
 */
export function spacingIn(tile: Tile, finest = 0): number {
  if (tile.geometricError > 0) return tile.geometricError;
  if (finest > 0) return finest;
  let above = tile.parent;
  while (above && above.geometricError <= 0) above = above.parent;
  return above ? above.geometricError / 2 : 0;
}

/** What vtour writes of the finest points into a tileset; 0: nothing that makes sense. */
export function spacingTold(extras: unknown): number {
  const { spacing } = (extras ?? {}) as { spacing?: unknown };
  return typeof spacing === "number" && Number.isFinite(spacing) && spacing > 0 ? spacing : 0;
}

/** The format that glTF followed; its writers mean other things by the error of a tile. */
export const isLegacy = (tile: Tile): boolean => /\.pnts(\?|$)/.test(tile.content?.uri ?? "");

/** As if the points lay evenly on the largest side of their box. */
export function guessedSpacing(object: Points): number {
  const { min, max } = boxOf(object);
  const sides = sub(max, min).slice().sort((a, b) => b - a) as [number, number, number];
  return Math.sqrt((sides[0] * sides[1]) / Math.max(object.geometry.attributes.position?.count ?? 1, 1));
}

export function coloursOf({ geometry }: Points, tile: Tile): PointColours {
  const { color, _intensity } = geometry.attributes;
  const most = _intensity && !_intensity.normalized && _intensity.array instanceof Uint16Array ? 65535 : 1;
  const unit = _intensity?.array instanceof Uint8Array && !_intensity.normalized ? 255 : most;
  return { colour: color ? (isLegacy(tile) ? "srgb" : "linear") : null, intensityUnit: _intensity ? 1 / unit : null };
}

/** Where the coordinates of a vertex buffer are, interleaved or not. */
export function coordinatesOf(position: BufferAttribute | InterleavedBufferAttribute): Coordinates {
  const { array, count, normalized } = position;
  const most = { Int16Array: 32767, Uint16Array: 65535, Int8Array: 127, Uint8Array: 255 }[array.constructor.name];
  const unit = normalized && most ? 1 / most : 1;
  if (!("data" in position)) return { array, count, unit, stride: 3, offset: 0 };
  return { array, count, unit, stride: position.data.stride, offset: position.offset };
}

export function localOf({ array, stride, offset, unit }: Coordinates, index: number): Vec3 {
  const at = (axis: number): number => (array[offset + index * stride + axis] as number) * unit;
  return [at(0), at(1), at(2)];
}

export const inWorld = ({ matrixWorld }: Points, local: Vec3): Vec3 => mapped(matrixWorld.elements, local);

export function boxOf(object: Points): Box {
  const { geometry } = object;
  if (!geometry.boundingBox) geometry.computeBoundingBox();
  const { min, max } = geometry.boundingBox!.clone().applyMatrix4(object.matrixWorld);
  return { min: min.toArray(), max: max.toArray() };
}

export function meets(object: Points, ray: Ray, perLength: number): boolean {
  const { geometry } = object;
  if (!geometry.boundingSphere) geometry.computeBoundingSphere();
  const { center, radius } = geometry.boundingSphere!.clone().applyMatrix4(object.matrixWorld);
  return passes(ray, center.toArray(), radius, perLength);
}
