import { describe, expect, it } from "vitest";
import { areaOf, densityFor, keyOf, levelFor, levelsUpTo, tileBytes, tilesFor, uriOf } from "../src/core/tiles";

const DEGREE = Math.PI / 180;
const LEVELS = [2048, 4096, 8192, 16384].map((width) => ({ width, cols: width / 512, rows: width / 1024 }));
const PYRAMID = { levels: LEVELS, tile_size: 512 };
const LEVEL = [0, 0, 0, 1] as const;
const PHONE = { width: 390, height: 844, dx: 0, dy: 0 };
const DESKTOP = { width: 1280, height: 800, dx: 0, dy: 0 };
const ALL = Number.POSITIVE_INFINITY;

const view = (heading: number, pitch: number, fov: number, lens = DESKTOP, density = 1) => ({
  gaze: { heading: heading * DEGREE, pitch: pitch * DEGREE, fov: fov * DEGREE },
  lens,
  rotation: LEVEL,
  density,
});

describe("the sharp level", () => {
  it("has as many texels as the screen has pixels", () => {
    // 800 px over 90 degrees: 400 px a radian in the middle, 2513 px around.
    expect(levelFor(LEVELS, 90 * DEGREE, 800, 1)).toBe(1);
    expect(levelFor(LEVELS, 90 * DEGREE, 640, 1)).toBe(0);
    expect(levelFor(LEVELS, 40 * DEGREE, 800, 1)).toBe(2);
    expect(levelFor(LEVELS, 30 * DEGREE, 8000, 2)).toBe(3);
  });

  it("does not pay for pixels that nobody sees, nor where data is dear", () => {
    expect(densityFor(1, false)).toBe(1);
    expect(densityFor(3, false)).toBe(1.2);
    expect(densityFor(3, true)).toBe(0.8);
  });

  it("comes after every second one below it", () => {
    expect(levelsUpTo(LEVELS, 3)).toEqual([1, 3]);
    expect(levelsUpTo(LEVELS, 2)).toEqual([0, 2]);
    expect(levelsUpTo(LEVELS, 0)).toEqual([0]);
    expect(levelsUpTo([{ width: 512, cols: 1, rows: 1 }, ...LEVELS], 2)).toEqual([2]);
  });
});

describe("the tiles of a view", () => {
  it("are the four in the middle, the nearest first", () => {
    // 4096 px: tiles of 45 degrees; the middle of the picture is the corner of four.
    const tiles = tilesFor(PYRAMID, view(3, 5, 40, { ...PHONE, height: 390 }), ALL);
    expect(tiles.map(keyOf)).toEqual(["1/4_1", "1/3_1", "1/4_2", "1/3_2"]);
  });

  it("come coarse before fine", () => {
    const levels = tilesFor(PYRAMID, view(0, 0, 40), ALL).map(({ level }) => level);
    expect(levels).toEqual([...levels].sort());
    expect(new Set(levels)).toEqual(new Set([0, 2]));
  });

  it("wrap around at the edge of the picture", () => {
    const cols = new Set(tilesFor(PYRAMID, view(180, 0, 70), ALL).map(({ col }) => col));
    expect(cols.has(0) && cols.has(7)).toBe(true);
    expect(cols.has(3)).toBe(false);
  });

  it("are all around at the zenith", () => {
    const top = tilesFor(PYRAMID, view(0, 90, 70), ALL).filter(({ row }) => row === 0);
    expect(top).toHaveLength(8);
  });

  it("turn with the panorama", () => {
    const toWest = [0, Math.SQRT1_2, 0, Math.SQRT1_2] as const;
    const turned = tilesFor(PYRAMID, { ...view(-90, 1, 70), rotation: toWest }, ALL);
    const level = tilesFor(PYRAMID, view(0, 1, 70), ALL);
    expect(turned.map(keyOf).sort()).toEqual(level.map(keyOf).sort());
  });

  it("are coarser where the sharp ones do not fit", () => {
    const sharp = tilesFor(PYRAMID, view(0, 0, 40), ALL);
    const fitting = tilesFor(PYRAMID, view(0, 0, 40), tileBytes(512) * (sharp.length - 1));
    expect(Math.max(...fitting.map(({ level }) => level))).toBe(1);
    expect(tilesFor(PYRAMID, view(0, 0, 40), 0)).toEqual([]);
  });

  it("are none where the pyramid has no levels", () => {
    expect(tilesFor({ levels: [], tile_size: 512 }, view(0, 0, 60), ALL)).toEqual([]);
  });

  it("miss nothing that is on the screen", () => {
    for (const [heading, pitch, fov] of [[10, 20, 35], [100, -70, 95], [-45, 45, 60], [178, 88, 75]]) {
      const found = new Set(tilesFor(PYRAMID, view(heading!, pitch!, fov!, PHONE, 1.2), ALL).map(keyOf));
      const fine = tilesFor(PYRAMID, view(heading!, pitch!, fov!, { ...PHONE, width: 388, height: 842 }, 1.2), ALL);
      for (const tile of fine) expect(found).toContain(keyOf(tile));
    }
  });
});

describe("a tile", () => {
  it("covers its share of the sphere", () => {
    const { yaw, top, width, height } = areaOf({ col: 0, row: 1 }, { cols: 8, rows: 4 });
    expect([yaw, top, width, height].map((x) => x / DEGREE)).toEqual([-157.5, 45, 45, 45]);
  });

  it("is named by the template", () => {
    expect(uriOf("p/a/{level}/{col}_{row}.{ext}", { level: 1, col: 3, row: 0 }, "webp")).toBe("p/a/1/3_0.webp");
  });

  it("takes its pixels and a third more for the mipmaps", () => {
    expect(tileBytes(512)).toBe(Math.ceil((512 * 512 * 4 * 4) / 3));
  });
});
