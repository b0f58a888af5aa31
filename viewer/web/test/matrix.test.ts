import { describe, expect, it } from "vitest";
import { IDENTITY, inverted, leastScale, mapped, multiplied, turned, worldFromRoot } from "../src/core/matrix";
import type { Vec3 } from "../src/core/vector";

/** A quarter turn about z, twice as large, moved by (5, 6, 7): x goes to y, y to -x. */
const TURNED = [0, 2, 0, 0, -2, 0, 0, 0, 0, 0, 2, 0, 5, 6, 7, 1];

describe("matrices", () => {
  it("map points, and turn directions without moving them", () => {
    expect(mapped(TURNED, [1, 0, 0])).toEqual([5, 8, 7]);
    expect(mapped(TURNED, [0, 1, 3])).toEqual([3, 6, 13]);
    expect(turned(TURNED, [1, 0, 0])).toEqual([0, 2, 0]);
    expect(leastScale(TURNED)).toBe(2);
  });

  it("do the right one of a product first", () => {
    const moved = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 10, 0, 0, 1];
    expect(mapped(multiplied(TURNED, moved), [0, 0, 0])).toEqual([5, 26, 7]);
    expect(mapped(multiplied(moved, TURNED), [0, 0, 0])).toEqual([15, 6, 7]);
  });

  it("are undone by their inverse, and a flat one has none", () => {
    const back = inverted(TURNED) as number[];
    for (const point of [[1, 2, 3], [-4, 0, 0.5]] as Vec3[]) {
      mapped(back, mapped(TURNED, point)).forEach((value, axis) => expect(value).toBeCloseTo(point[axis] as number, 12));
    }
    expect(inverted([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])).toBeNull();
  });
});

describe("the place of a tileset", () => {
  /** East, north and up at 21.86 N, 106.75 E, and where that is in ECEF. */
  const lat = (21.86 * Math.PI) / 180;
  const lon = (106.75 * Math.PI) / 180;
  const [sinLat, cosLat, sinLon, cosLon] = [Math.sin(lat), Math.cos(lat), Math.sin(lon), Math.cos(lon)];
  const root = [
    ...[-sinLon, cosLon, 0, 0],
    ...[-sinLat * cosLon, -sinLat * sinLon, cosLat, 0],
    ...[cosLat * cosLon, cosLat * sinLon, sinLat, 0],
    ...[-1706583.95, 5671505.43, 2359678.98, 1],
  ];
  const worldFromTileset = [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1];

  it("undoes millions of metres to a millionth of one", () => {
    const place = worldFromRoot(worldFromTileset, root) as number[];
    for (const local of [[0, 0, 0], [120.25, -64.5, 12.75]] as Vec3[]) {
      const [x, y, z] = mapped(place, mapped(root, local));
      expect(x).toBeCloseTo(local[0], 6);
      expect(y).toBeCloseTo(local[2], 6);
      expect(z).toBeCloseTo(-local[1], 6);
    }
  });

  it("is that of the manifest where the root has no transform", () => {
    expect(worldFromRoot(worldFromTileset, undefined)).toEqual(multiplied(worldFromTileset, IDENTITY));
  });
});
