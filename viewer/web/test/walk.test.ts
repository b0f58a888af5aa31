import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Node, PackageFiles } from "../src/core/manifest";
import type { Stage } from "../src/three/stage";
import { Walk } from "../src/three/walk";

const nodeOf = (id: string): Node =>
  ({
    id,
    name: {},
    pose: { position: [0, 0, 0], rotation: [0, 0, 0, 1] },
    panorama: {
      tile_size: 512,
      levels: [{ width: 2048, height: 1024, cols: 4, rows: 2 }],
      formats: ["webp"],
      template: `${id}/{level}/{col}_{row}.{ext}`,
      base: `${id}/base.webp`,
      preview: `data:${id}`,
    },
    links: [],
  }) as unknown as Node;

/** A walk on a page without a screen: what lies on the stage, what was uploaded, what was closed. */
function bench() {
  const groups: { parent: unknown; removeFromParent(): void }[] = [];
  const shown: string[] = [];
  let uploads = 0;
  const stage = {
    size: { width: 800, height: 600 },
    aspect: 4 / 3,
    shift: { dx: 0, dy: 0 },
    pixelRatio: 1,
    anisotropy: 1,
    add(group: (typeof groups)[number]) {
      groups.push(group);
      group.parent = stage;
      group.removeFromParent = () => groups.splice(groups.indexOf(group), 1);
    },
    upload: () => (uploads += 1),
    invalidate: () => undefined,
  };
  const files = { url: (uri: string) => uri } as PackageFiles;
  const nodes = [nodeOf("a"), nodeOf("b")] as const;
  const events = { onCoarse: () => undefined, onNode: ({ id }: Node) => shown.push(id), onArriving: () => undefined };
  const device = { saveData: true } as ConstructorParameters<typeof Walk>[3];
  const walk = new Walk(nodes, files, stage as unknown as Stage, device, true, events);
  return { walk, nodes, groups, shown, uploads: () => uploads };
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe("the walk", () => {
  /** Pictures whose decoding ends when the test says so. */
  let decoding: (() => void)[] = [];
  /** Answers of the network that the test lets through. */
  let answers: (() => void)[] = [];
  let closed = 0;

  beforeEach(() => {
    [decoding, answers, closed] = [[], [], 0];
    vi.stubGlobal("Image", class {
      src = "";
      decode = (): Promise<void> => new Promise((resolve) => decoding.push(resolve));
    });
    vi.stubGlobal("createImageBitmap", async () => ({ width: 64, height: 32, close: () => (closed += 1) }));
    vi.stubGlobal(
      "fetch",
      () => new Promise((resolve) => answers.push(() => resolve(new Response(new Uint8Array(4))))),
    );
  });
  afterEach(() => vi.unstubAllGlobals());

  const decode = async (): Promise<void> => {
    for (const end of decoding.splice(0)) end();
    await soon();
  };
  const answer = async (): Promise<void> => {
    for (const end of answers.splice(0)) end();
    await soon();
  };

  it("shows the preview of the last of two nodes alone", async () => {
    const { walk, nodes, groups, shown } = bench();
    const first = walk.goTo(nodes[0]);
    const second = walk.goTo(nodes[1]);
    await decode();
    expect([shown, groups.length]).toEqual([["b"], 1]);
    await answer();
    expect([await first, await second, walk.current?.id, groups.length]).toEqual([false, true, "b", 1]);
  });

  it("shows no preview of a node that was left before it was decoded", async () => {
    const { walk, nodes, groups, shown } = bench();
    void walk.goTo(nodes[0]);
    walk.rest();
    await decode();
    expect([shown, groups.length, walk.current]).toEqual([[], 0, null]);
  });

  it("keeps tiles that came while the context was lost, and closes those before", async () => {
    const { walk, nodes, uploads } = bench();
    void walk.goTo(nodes[0]);
    await decode();
    await answer();
    walk.step(0, true);
    await answer();
    const { uploads: base, loading } = walk.state;
    expect([base, loading > 0]).toEqual([1, true]);
    closed = 0;
    walk.lose();
    expect(closed).toBeGreaterThan(0);
    await answer();
    expect(uploads()).toBe(1);
    const recovered = walk.recover();
    await decode();
    for (let i = 0; i < 40; i++) {
      walk.step(0, true);
      await answer();
    }
    await recovered;
    const tiles = walk.state.tiles - 2; // the base and the preview
    expect([walk.complete, tiles > 0]).toEqual([true, true]);
    expect(uploads()).toBe(1 + 1 + tiles);
  });
});
