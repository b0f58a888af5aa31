import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";

const SRC = new URL("../src/", import.meta.url);

async function importsOf(folder: string): Promise<{ file: string; names: string[] }[]> {
  const files = (await readdir(new URL(`${folder}/`, SRC))).filter((name) => name.endsWith(".ts"));
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(new URL(`${folder}/${file}`, SRC), "utf8");
      const names = [...text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g)].map((match) => match[1] ?? "");
      return { file, names };
    }),
  );
}

describe("layers", () => {
  it("core knows neither three.js nor the page nor anything above it", async () => {
    const core = await importsOf("core");
    expect(core.length).toBeGreaterThan(10);
    for (const { file, names } of core)
      for (const name of names) expect(name, `core/${file}`).toMatch(/^\.\/[a-z.-]+$/);
  });

  it("three knows three.js and core", async () => {
    for (const { file, names } of await importsOf("three"))
      for (const name of names) expect(name, `three/${file}`).toMatch(/^(three$|three\/addons\/|3d-tiles-renderer\/|\.\.\/core\/|\.\/)/);
  });

  it("ui reaches three.js through the lazy chunk only", async () => {
    for (const { file, names } of await importsOf("ui"))
      for (const name of names) expect(name, `ui/${file}`).not.toMatch(/^(three|3d-tiles)/);
    const text = await readFile(new URL("ui/loading.ts", SRC), "utf8");
    expect(text).toContain('import("../three")');
  });

  it("points and measuring come in chunks of their own", async () => {
    const text = await readFile(new URL("ui/surveying.ts", SRC), "utf8");
    expect(text).toContain('import("../three/points")');
    for (const folder of ["ui", "three"])
      for (const { file, names } of await importsOf(folder)) {
        const source = await readFile(new URL(`${folder}/${file}`, SRC), "utf8");
        const whole = [...source.matchAll(/^import (?!type)[^;]*from "([^"]+)"/gm)].map((match) => match[1]);
        const lazy = ["./points", "../three/points", "./surveying"].filter((name) => whole.includes(name));
        expect(lazy, `${folder}/${file}: ${names.join()}`).toEqual([]);
      }
  });
});
