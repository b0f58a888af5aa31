import { describe, expect, it } from "vitest";
import { COVER, nextTarget, pointLimits, pointPixels } from "../src/core/point-limits";
import { surfelsOf } from "../src/core/surfels";
import { TriangleTree } from "../src/core/bvh";

const MEBI = 2 ** 20;
const PHONE = { maxTexture: 4096, mobile: true, cores: 8, memoryGiB: 4 };
const DESK = { maxTexture: 16384, mobile: false, cores: 8, memoryGiB: 8 };

describe("what a device bears", () => {
  it("stays below what ends the page on phones", () => {
    expect(pointLimits(PHONE).bytes).toBe(96 * MEBI);
    expect(pointLimits({ ...PHONE, memoryGiB: 2 }).bytes).toBe(48 * MEBI);
    expect(pointLimits(DESK).bytes).toBe(256 * MEBI);
    // 12 bytes a point: the points of a frame are not all that is kept.
    for (const device of [PHONE, DESK, { ...PHONE, cores: 2 }, { ...DESK, cores: 2 }])
      expect(pointLimits(device).points * 12).toBeLessThan(pointLimits(device).bytes);
  });

  it("is coarser on weak devices and where data is saved, and plain on weak phones", () => {
    expect(pointLimits({ ...DESK, saveData: true }).errorTarget).toBeGreaterThan(pointLimits(DESK).errorTarget);
    expect(pointLimits(PHONE).errorTarget).toBeGreaterThan(pointLimits(DESK).errorTarget);
    expect(pointLimits({ ...PHONE, cores: 2 }).shaded).toBe(false);
    expect(pointLimits(DESK).shaded).toBe(true);
  });
});

describe("the error target", () => {
  const limits = pointLimits(DESK);

  it("gets coarser while there is too much, and finer again with room, not below its own", () => {
    const few = { points: 10, bytes: 10, refused: false };
    expect(nextTarget(2, limits, { ...few, points: limits.points * 1.2 })).toBeGreaterThan(2);
    expect(nextTarget(2, limits, { ...few, bytes: limits.bytes })).toBeGreaterThan(2);
    expect(nextTarget(8, limits, { ...few, points: limits.points * 0.1 })).toBeLessThan(8);
    expect(nextTarget(limits.errorTarget, limits, few)).toBe(limits.errorTarget);
    // A full cache is no reason as long as most of it is out of view.
    expect(nextTarget(2, limits, { ...few, bytes: limits.bytes * 0.8, refused: true })).toBeGreaterThan(2);
    expect(nextTarget(2, limits, { ...few, bytes: limits.bytes * 0.5, refused: true })).toBe(2);
  });

  it("comes to rest in between", () => {
    const most = { points: limits.points * 0.8, bytes: 0, refused: false };
    expect(nextTarget(4, limits, most)).toBe(4);
    let target = 2;
    for (let i = 0; i < 200; i++) target = nextTarget(target, limits, { ...most, points: limits.points * 9 });
    expect(target).toBeLessThanOrEqual(64);
  });
});

describe("the size of a point", () => {
  const size = { focal: 1000, spacing: 0.04, finest: 0.01, target: 2, refined: false };

  it("fills the gaps of its own tile until finer points do", () => {
    expect(pointPixels(size, 10)).toBeCloseTo(4 * COVER);
    expect(pointPixels({ ...size, refined: true }, 10)).toBeCloseTo(2 * COVER);
    // Nearer than the finest points allow: these are 5 pixels apart.
    expect(pointPixels({ ...size, refined: true }, 2)).toBeCloseTo(5 * COVER);
  });

  it("is neither lost nor a blot", () => {
    expect(pointPixels(size, 1000)).toBe(1.5);
    expect(pointPixels(size, 0.1)).toBe(24);
  });
});

describe("a cloud as triangles", () => {
  it("is met where it is dense, from any side", () => {
    const xyz: number[] = [];
    for (let i = 0; i < 30; i++) for (let j = 0; j < 30; j++) xyz.push(i * 0.1, 0, j * 0.1);
    const corners = surfelsOf(xyz, 0.15);
    expect(corners.length).toBe(900 * 9);
    const tree = new TriangleTree(corners);
    let hits = 0;
    for (let i = 0; i < 100; i++) {
      const hit = tree.raycast([0.5 + 0.02 * i, 5, 0.55 + 0.019 * i], [0, -1, 0]);
      if (hit && Math.abs(hit.distance - 5) < 0.15) hits += 1;
    }
    expect(hits).toBeGreaterThan(50);
  });

  it("has its triangles around the points, and not too many", () => {
    const corners = surfelsOf([1, 2, 3], 0.1);
    const mean = [0, 1, 2].map((axis) => ((corners[axis] as number) + (corners[axis + 3] as number) + (corners[axis + 6] as number)) / 3);
    mean.forEach((value, axis) => expect(value).toBeCloseTo([1, 2, 3][axis] as number, 6));
    const edge = Math.hypot(...[0, 1, 2].map((axis) => (corners[axis] as number) - (corners[axis + 3] as number)));
    expect(edge).toBeCloseTo(0.1, 6);
    expect(surfelsOf(new Float32Array(300_000), 0.1).length / 9).toBeLessThanOrEqual(20_000);
  });
});
