import type { Tile } from "3d-tiles-renderer/core";
import { describe, expect, it } from "vitest";
import { spacingIn, spacingTold } from "../src/three/point-tiles";

const tile = (geometricError: number, parent: Tile | null = null): Tile => ({ geometricError, parent }) as unknown as Tile;

describe("the spacing of a tile's points", () => {
  const root = tile(0.4);
  const leaf = tile(0, tile(0.1, root));

  it("is its error", () => {
    expect(spacingIn(root, 0.03)).toBe(0.4);
  });

  it("of a leaf is that of the finest points, else half that of the tile above", () => {
    expect(spacingIn(leaf, 0.03)).toBe(0.03);
    expect(spacingIn(leaf)).toBe(0.05);
    expect(spacingIn(tile(0, tile(0, root)))).toBe(0.2);
    expect(spacingIn(tile(0))).toBe(0);
  });

  it("is told by tilesets of vtour", () => {
    expect(spacingTold({ points: 10, spacing: 0.012 })).toBe(0.012);
    for (const other of [undefined, null, {}, { spacing: 0 }, { spacing: -1 }, { spacing: "1" }, { spacing: Number.NaN }, 3])
      expect(spacingTold(other)).toBe(0);
  });
});
