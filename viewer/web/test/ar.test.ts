import { describe, expect, it } from "vitest";
import { type ArPlatform, arWay, fileFor, quickLookAddress, sceneViewerIntent } from "../src/core/ar";
import type { Derivative, TourModel, Usage } from "../src/core/manifest.gen";

const ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
const IPAD = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15";
const ALL: readonly Usage[] = ["Web3D", "App3D", "iOSApp3D"];

const way = (userAgent: string, more: Partial<ArPlatform> = {}, files: readonly Usage[] = ALL) =>
  arWay({ userAgent, relAr: false, touchPoints: 5, secure: true, ...more }, (usage) => files.includes(usage));

describe("the way into augmented reality", () => {
  it("is Scene Viewer on Android, over https only", () => {
    expect(way(ANDROID)).toBe("scene-viewer");
    expect(way(ANDROID, { secure: false })).toBeNull();
  });

  it("is Quick Look on iPhones and iPads", () => {
    expect(way(IPHONE, { relAr: true })).toBe("quick-look");
    expect(way(IPAD, { relAr: true })).toBe("quick-look");
    expect(way(`${IPHONE} CriOS/130.0`)).toBe("quick-look");
  });

  it("is none on a computer", () => {
    expect(way(IPAD, { touchPoints: 0 })).toBeNull();
    expect(way("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36")).toBeNull();
  });

  it("is none without a file for it", () => {
    expect(way(ANDROID, {}, ["Web3D", "iOSApp3D"])).toBeNull();
    expect(way(IPHONE, { relAr: true }, ["Web3D", "App3D"])).toBeNull();
  });

  it("is another browser where this one lives inside an app", () => {
    const apps = ["Zalo android/24.1", "[FB_IAB/FB4A;FBAV/450.0]", "Instagram 300.0", "Line/13.1", "MicroMessenger/8.0"];
    for (const app of apps) expect(way(`${ANDROID} ${app}`), app).toBe("elsewhere");
    expect(way(ANDROID.replace("SM-A546E", "SM-A546E; wv"))).toBe("elsewhere");
    expect(way(`${IPHONE} [FBAN/FBIOS;FBAV/450.0]`, { relAr: true })).toBe("elsewhere");
    expect(way(`${IPHONE} Zalo iOS/500`, { relAr: true })).toBe("elsewhere");
    expect(way(IPHONE.replace(" Version/17.5", ""))).toBe("elsewhere");
  });
});

const derivative = (usage: Usage, bytes: number, quality: Derivative["quality"] = "Medium"): Derivative => ({
  usage,
  quality,
  bytes,
  faces: 1,
  uri: `${usage}-${bytes}`,
  sha256: "0".repeat(64),
});
const model = (...derivatives: Derivative[]): TourModel => ({ id: "a", derivatives });

describe("the file", () => {
  it("is the one made for AR, else the smallest", () => {
    const made = derivative("App3D", 9e6, "AR");
    expect(fileFor([model(derivative("App3D", 5e6), made)], "App3D")?.derivative).toBe(made);
    const small = derivative("App3D", 2e6);
    expect(fileFor([model(derivative("App3D", 5e6), small)], "App3D")?.derivative).toBe(small);
  });

  it("is of the first model that has one", () => {
    const made = derivative("iOSApp3D", 9e6, "AR");
    expect(fileFor([model(derivative("Web3D", 1)), model(made)], "iOSApp3D")?.derivative).toBe(made);
    expect(fileFor([model(derivative("Web3D", 1))], "iOSApp3D")).toBeNull();
  });

  it("is of the model in the middle of the picture, when that has one", () => {
    const models = [model(derivative("App3D", 3)), model(derivative("App3D", 2)), model(derivative("Web3D", 1))];
    expect(fileFor(models, "App3D", 1)).toEqual({ derivative: models[1]?.derivatives[0], model: models[1] });
    expect(fileFor(models, "App3D", 2)?.model).toBe(models[0]);
    expect(fileFor(models, "App3D", null)?.model).toBe(models[0]);
  });
});

describe("the addresses", () => {
  const file = "https://di-san.example/t/den/files/model/a%20b.glb?v=0123";
  const page = "https://di-san.example/t/den?node=a&lang=vi";

  it("of an intent hold file, title and the way back, each escaped once", () => {
    const intent = sceneViewerIntent(file, page, "Đền A & B; C");
    const [address, fragment] = intent.split("#Intent;") as [string, string];
    const fields = new URLSearchParams(address.split("?")[1]);
    expect(address.startsWith("intent://arvr.google.com/scene-viewer/1.0?")).toBe(true);
    expect(fields.get("file")).toBe(file);
    expect(fields.get("mode")).toBe("ar_preferred");
    expect(fields.get("title")).toBe("Đền A & B; C");
    expect(fields.get("link")).toBe(page);
    expect(intent).not.toContain("+");
    const extras = fragment.split(";");
    expect(extras[extras.length - 2]).toBe("end");
    const back = extras.find((each) => each.startsWith("S.browser_fallback_url="));
    expect(decodeURIComponent(back?.split("=")[1] ?? "")).toBe(`${page}#no-ar`);
  });

  it("of Quick Look names the page that is shared", () => {
    const [before, hash] = quickLookAddress("https://a.example/m.usdz?v=1", page).split("#");
    expect(before).toBe("https://a.example/m.usdz?v=1");
    expect(new URLSearchParams(hash).get("canonicalWebPageURL")).toBe(page);
  });
});
