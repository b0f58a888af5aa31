/** Models and standpoints that several tests stand in. */

import type { Node, PlacedBy } from "../src/core/manifest.gen";
import type { Vec3 } from "../src/core/vector";

interface StandpointFacts {
  readonly links?: readonly string[];
  readonly name?: { [language: string]: string };
  readonly placedBy?: PlacedBy;
  readonly thumb?: string;
  readonly preview?: string;
}

/** A node whose picture looks north. */
export function standpoint(id: string, position: Vec3, facts: StandpointFacts = {}): Node {
  return {
    id,
    name: facts.name ?? {},
    pose: { position: [...position], rotation: [0, 0, 0, 1], placed_by: facts.placedBy ?? "sfm" },
    panorama: {
      base: `panoramas/${id}/base.webp`,
      template: `panoramas/${id}/{level}/{row}/{col}.{ext}`,
      formats: ["webp"],
      levels: [{ cols: 4, rows: 2, width: 2048 }],
      tile_size: 512,
      thumb: facts.thumb ?? null,
      preview: facts.preview ?? null,
    },
    links: (facts.links ?? []).map((to) => ({ to, source: "sfm" })),
  };
}

/** A bumpy square ground of n x n cells around the origin, two triangles each; nine numbers a triangle. */
export function ground(n: number): Float32Array {
  const corners: number[] = [];
  const at = (i: number, j: number): number[] => [i - n / 2, Math.sin(i) * Math.cos(j), j - n / 2];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      corners.push(...at(i, j), ...at(i + 1, j), ...at(i, j + 1));
      corners.push(...at(i + 1, j), ...at(i + 1, j + 1), ...at(i, j + 1));
    }
  return new Float32Array(corners);
}

/** A wall at z = 0 that faces south, from -10 to 10 and 20 high, in cells of 1 m. */
export function wall(): Float32Array {
  const corners: number[] = [];
  for (let x = -10; x < 10; x++)
    for (let y = 0; y < 20; y++) {
      corners.push(x, y, 0, x + 1, y, 0, x, y + 1, 0);
      corners.push(x + 1, y, 0, x + 1, y + 1, 0, x, y + 1, 0);
    }
  return new Float32Array(corners);
}
