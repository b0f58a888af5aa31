import { describe, expect, it } from "vitest";
import { meshLimits, nextMeshTarget } from "../src/core/mesh-limits";

const desktop = { maxTexture: 16384, memoryGiB: 16, cores: 8, mobile: false };
const limits = { bytes: 1000, errorTarget: 1.5, parallel: 6, groundFaces: 1 };

describe("the tiles that a device holds", () => {
  it("are fewer and coarser on phones and where data is saved", () => {
    const phone = { ...desktop, mobile: true, memoryGiB: 4 };
    expect(meshLimits(phone).bytes).toBeLessThan(meshLimits(desktop).bytes / 3 + 1);
    expect(meshLimits({ ...phone, cores: 2 }).bytes).toBe(96 * 2 ** 20);
    expect(meshLimits({ ...desktop, saveData: true }).errorTarget).toBe(3);
    expect(meshLimits({ ...desktop, network: "3g" }).parallel).toBe(3);
  });

  it("get coarser while memory is full, and finer again to what was wanted", () => {
    expect(nextMeshTarget(1.5, limits, { bytes: 1000, refused: false })).toBe(1.875);
    expect(nextMeshTarget(1.5, limits, { bytes: 700, refused: true })).toBe(1.875);
    expect(nextMeshTarget(2, limits, { bytes: 700, refused: false })).toBe(2);
    expect(nextMeshTarget(2.2, limits, { bytes: 100, refused: false })).toBeCloseTo(2);
    expect(nextMeshTarget(1.5, limits, { bytes: 0, refused: false })).toBe(1.5);
    expect(nextMeshTarget(60, limits, { bytes: 2000, refused: true })).toBe(64);
  });
});
