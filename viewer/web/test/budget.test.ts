import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** All scripts of the first load as they go over the wire, by what a tour begins with. */
const FIRST_BUDGETS = {
  "src/three/models.ts": 170_000,
  "src/three/walk.ts": 155_000,
};
/** List, plan and gyroscope; facts; finer derivatives and tiles; AR; Draco and KTX2 without their wasm; layers and measuring; points with 3d-tiles-renderer and all before. */
const LATER_BUDGETS = {
  "src/ui/walking.ts": 8_000,
  "src/ui/about.ts": 4_000,
  "src/ui/refining.ts": 4_500,
  "src/ui/ar.ts": 2_500,
  "src/three/draco.ts": 4_000,
  "src/three/ktx2.ts": 38_000,
  "src/ui/surveying.ts": 12_000,
  "src/three/points.ts": 34_000,
};
const STYLE_BUDGET = 8_000;
/** Script and styles of the rollout's pages, which tours do not load. */
const ROLLOUT_BUDGETS = { ".js": 1_500, ".css": 4_500 };

const WEB = fileURLToPath(new URL("..", import.meta.url));

describe("the built front end", () => {
  let out = "";
  let assets: { name: string; bytes: number; text: string }[] = [];

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), "vtour-web-"));
    const vite = join(WEB, "node_modules", "vite", "bin", "vite.js");
    execFileSync(process.execPath, [vite, "build", "--outDir", out, "--logLevel", "error"], { cwd: WEB });
    const names = await readdir(join(out, "assets"));
    assets = await Promise.all(
      names.map(async (name) => {
        const content = await readFile(join(out, "assets", name));
        return { name, bytes: brotliCompressSync(content).length, text: content.toString("utf8") };
      }),
    );
  }, 60_000);

  afterAll(() => rm(out, { recursive: true, force: true }));

  const total = (end: string, but: RegExp): number =>
    assets
      .filter(({ name }) => name.endsWith(end) && !but.test(name))
      .reduce((sum, { bytes }) => sum + bytes, 0);

  /** All that a source file loads before it runs, with the entry's own. */
  async function loadedWith(...sources: string[]): Promise<string[]> {
    const text = await readFile(join(out, ".vite", "manifest.json"), "utf8");
    const chunks = JSON.parse(text) as { [key: string]: { file: string; imports?: string[] } };
    const keys = new Set<string>();
    const add = (key: string): void => {
      if (keys.has(key)) return;
      keys.add(key);
      chunks[key]?.imports?.forEach(add);
    };
    sources.forEach(add);
    return [...keys].map((key) => (chunks[key]?.file ?? "").replace("assets/", ""));
  }

  const bytesOf = (names: readonly string[]): number =>
    assets.filter(({ name }) => names.includes(name)).reduce((sum, { bytes }) => sum + bytes, 0);

  it("has scripts and styles within the budget of the first load", async () => {
    for (const [source, budget] of Object.entries(FIRST_BUDGETS)) {
      const first = await loadedWith("src/tour.ts", "src/three/index.ts", source);
      expect(bytesOf(first), source).toBeGreaterThan(50_000);
      expect(bytesOf(first), source).toBeLessThanOrEqual(budget);
    }
    expect(total(".css", /^(surveying|rollout)-/)).toBeLessThanOrEqual(STYLE_BUDGET);
  });

  it("has the rollout's own script and styles within budgets, and no three.js with them", async () => {
    for (const [end, budget] of Object.entries(ROLLOUT_BUDGETS)) {
      const bytes = total(end, /^(?!rollout-)/);
      expect(bytes, end).toBeGreaterThan(500);
      expect(bytes, end).toBeLessThanOrEqual(budget);
    }
    expect(await loadedWith("src/rollout.ts")).toHaveLength(1);
  });

  it("has what is loaded later within budgets of its own", async () => {
    const first = await loadedWith("src/tour.ts", "src/three/index.ts", "src/three/models.ts");
    for (const [source, budget] of Object.entries(LATER_BUDGETS)) {
      const more = (await loadedWith(source)).filter((name) => !first.includes(name));
      expect(bytesOf(more), source).toBeGreaterThan(1000);
      expect(bytesOf(more), source).toBeLessThanOrEqual(budget);
    }
  });

  it("starts with a shell that has no three.js in it", async () => {
    const shell = await loadedWith("src/tour.ts");
    expect(bytesOf(shell)).toBeLessThan(30_000);
    for (const { name, text } of assets.filter(({ name }) => shell.includes(name)))
      expect(text, name).not.toContain("WebGLRenderer");
  });

  it("asks for nothing at other hosts, and needs no eval", () => {
    for (const { name, text } of assets.filter((asset) => asset.name.endsWith(".js"))) {
      expect(text, name).not.toMatch(/\bnew Function\(|[^.\w]eval\(/);
      expect(text, name).not.toMatch(/(?:fetch|import|src=)\(?["'`]https?:/);
    }
    for (const { name, text } of assets.filter((asset) => asset.name.endsWith(".css")))
      expect(text, name).not.toMatch(/url\(\s*["']?(https?:)?\/\//);
  });
});
