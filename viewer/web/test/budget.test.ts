import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** All scripts and styles of the first load, model apart, as they go over the wire. */
const SCRIPT_BUDGET = 170_000;
/** What is loaded once the first panorama is on show: list, plan, gyroscope. */
const LATER_BUDGET = 8_000;
const STYLE_BUDGET = 8_000;

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

  const total = (end: string): number =>
    assets.filter(({ name }) => name.endsWith(end)).reduce((sum, { bytes }) => sum + bytes, 0);

  it("has scripts and styles within the budget of the first load", () => {
    const later = assets.find(({ name }) => /^walking-.*\.js$/.test(name))?.bytes ?? 0;
    expect(later).toBeGreaterThan(1000);
    expect(later).toBeLessThanOrEqual(LATER_BUDGET);
    expect(total(".js") - later).toBeGreaterThan(50_000);
    expect(total(".js") - later).toBeLessThanOrEqual(SCRIPT_BUDGET);
    expect(total(".css")).toBeLessThanOrEqual(STYLE_BUDGET);
  });

  it("starts with a shell that has no three.js in it", () => {
    const shell = assets.find(({ name }) => /^tour-.*\.js$/.test(name));
    expect(shell?.bytes).toBeLessThan(30_000);
    expect(shell?.text).not.toContain("WebGLRenderer");
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
