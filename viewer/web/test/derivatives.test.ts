import { describe, expect, it } from "vitest";
import { loadingPlan, memoryOf } from "../src/core/budget";
import type { Derivative, Quality } from "../src/core/manifest.gen";
import type { Device } from "../src/core/quality";

const derivative = (quality: Quality, bytes: number, faces: number, texture: number): Derivative => ({
  quality,
  bytes,
  faces,
  texture_px: texture,
  uri: `${quality}.glb`,
  sha256: "0".repeat(64),
});

const THUMB = derivative("Thumb", 180e3, 20e3, 512);
const LOW = derivative("Low", 1.2e6, 100e3, 1024);
const MEDIUM = derivative("Medium", 3e6, 150e3, 2048);
const HIGH = derivative("High", 9e6, 500e3, 4096);
const HIGHEST = derivative("Highest", 60e6, 2e6, 16384);
const ALL = [HIGHEST, THUMB, HIGH, MEDIUM, LOW, derivative("AR", 2e6, 50e3, 2048)];

const DESKTOP: Device = { maxTexture: 16384, memoryGiB: 8, cores: 8, mobile: false };
const PHONE: Device = { maxTexture: 8192, memoryGiB: 4, cores: 8, mobile: true };

const names = (device: Device, from = ALL): Quality[] => loadingPlan(from, device).map((each) => each.quality);

describe("the plan of derivatives", () => {
  it("goes from coarse to fine, without those made for other uses", () => {
    expect(names(DESKTOP)).toEqual(["Thumb", "Low", "Medium", "High"]);
  });

  it("stops where textures are too large or memory too small", () => {
    expect(names({ ...DESKTOP, maxTexture: 2048 })).toEqual(["Thumb", "Low", "Medium"]);
    expect(names({ ...PHONE, memoryGiB: 2, cores: 2 })).toEqual(["Thumb", "Low", "Medium"]);
    expect(names(PHONE)).toEqual(["Thumb", "Low", "Medium", "High"]);
  });

  it("stays coarse for those who save data or have a slow network", () => {
    expect(names({ ...DESKTOP, saveData: true })).toEqual(["Thumb"]);
    expect(names({ ...PHONE, network: "2g" })).toEqual(["Thumb"]);
    expect(names({ ...PHONE, network: "3g" })).toEqual(["Thumb", "Low", "Medium"]);
  });

  it("skips one that is not worth the wait", () => {
    const nearly = derivative("Medium", 8e6, 400e3, 4096);
    expect(names(DESKTOP, [THUMB, nearly, HIGH])).toEqual(["Thumb", "High"]);
  });

  it("always has the coarsest, whatever the device", () => {
    expect(names({ ...PHONE, maxTexture: 64, saveData: true }, [HIGHEST])).toEqual(["Highest"]);
    expect(names(DESKTOP, [])).toEqual([]);
  });

  it("counts memory: a 4096 texture with mipmaps is 89 MB", () => {
    expect(memoryOf(derivative("High", 0, 0, 4096))).toBeCloseTo(89.5e6, -6);
    expect(memoryOf({ ...derivative("High", 0, 0, 4096), textures: 3 })).toBeCloseTo(268.4e6, -6);
  });
});
