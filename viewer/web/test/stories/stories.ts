/**
 * The components of panoramas on a page of their own, without three.js and without a package.
 *
 * `?nodes=8&lang=vi&world=metric|sketch&model=1` chooses what is there. Tests ask `window.story`.
 */

import "../../src/style/tour.css";
import "../../src/style/nodes.css";
import { languageFrom } from "../../src/core/language";
import { lookAlong, nodeName, wayName, waysOf } from "../../src/core/links";
import { type Hotspot, type Node, PackageFiles, type WorldFrame } from "../../src/core/manifest";
import { fovAcross } from "../../src/core/plan";
import { sayWith } from "../../src/core/strings";
import type { Vec3 } from "../../src/core/vector";
import { el } from "../../src/ui/dom";
import { Compass, Notes } from "../../src/ui/edges";
import { Gyroscope } from "../../src/ui/gyroscope";
import { NodeList } from "../../src/ui/node-list";
import { Panel, type PanelContent } from "../../src/ui/panel";
import { Plan } from "../../src/ui/plan";
import { type Mode, ModeSwitch, sideColumn } from "../../src/ui/side";
import { Texts } from "../../src/ui/texts";
import { Toolbar } from "../../src/ui/toolbar";
import type { Direction } from "../../src/ui/turn-arrows";
import { TopBar } from "../../src/ui/topbar";
// For the words that its chunk brings along.
import "../../src/ui/walking";
import { standpoint } from "../shapes";

const query = new URLSearchParams(location.search);
const count = Number(query.get("nodes") ?? 8);
const sketch = query.get("world") === "sketch";
const hasModel = query.get("model") !== "0";

const NAMES = [
  ["Cổng tam quan", "Triple gate", "三关门"],
  ["Sân trước", "Front yard", "前院"],
  ["Nhà bia", "Stele house", "碑亭"],
  ["Đình Đại Bái", "Hall of Great Worship", "大拜殿"],
  ["Giếng Ngọc và hàng cau phía sau nhà tả vu", "Jade well behind the left wing", "玉井"],
  ["Hậu cung", "Inner sanctum", "后宫"],
] as const;
const STEPS: { readonly [direction in Direction]: readonly [number, number] } = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, 1],
  down: [0, -1],
};

/** A spiral walk; the last two nodes stand close together, those past the names are nameless. */
function walk(): Node[] {
  return Array.from({ length: count }, (_, index) => {
    const angle = index * 1.1;
    const radius = index === count - 1 ? 4 + (index - 1) * 3 + 0.4 : 4 + index * 3;
    const turn = index === count - 1 ? (index - 1) * 1.1 : angle;
    const position: Vec3 = [radius * Math.sin(turn), 1.6, -radius * Math.cos(turn)];
    const [vi, en, zh] = NAMES[index] ?? [];
    return standpoint(`r0010-${index}`, position, {
      name: vi && en && zh ? { vi, en, "zh-Hans": zh } : {},
      links: [index - 1, index + 1].filter((to) => to >= 0 && to < count).map((to) => `r0010-${to}`),
      placedBy: sketch ? "order" : "sfm",
      preview: index % 4 === 3 ? undefined : picture(index),
      thumb: index % 4 === 1 ? "missing.webp" : undefined,
    });
  });
}

/** A small sphere: sky and ground in colours of their own. */
function picture(index: number): string {
  const canvas = el("canvas", { width: 64, height: 32 });
  const context = canvas.getContext("2d");
  if (context) {
    const sky = context.createLinearGradient(0, 0, 0, 32);
    sky.addColorStop(0, `hsl(${200 + index * 9} 55% 62%)`);
    sky.addColorStop(0.5, "hsl(40 40% 85%)");
    sky.addColorStop(0.52, `hsl(${30 + index * 13} 35% 40%)`);
    sky.addColorStop(1, `hsl(${30 + index * 13} 30% 22%)`);
    context.fillStyle = sky;
    context.fillRect(0, 0, 64, 32);
  }
  return canvas.toDataURL();
}

const nodes = walk();
const world: WorldFrame = sketch
  ? { scale: "unknown", scale_source: "none", up: "assumed", north: "unknown" }
  : { scale: "metric", scale_source: "gps", up: "measured", north: "true" };
const hotspots: Hotspot[] = [
  { id: "bia", position: [6, 1, 3], title: { vi: "Bia đá" } },
  { id: "voi", position: [-5, 1, -6], title: { vi: "Tượng voi" } },
];

const state = { node: nodes[0] as Node, heading: 0.4, pitch: 0, fov: 1.2, mode: "panorama" as Mode, cover: 0 };
const frame = el("div", { class: "vt" });
const scene = el("div", { class: "vt-scene" }, el("canvas", { class: "vt-canvas", tabindex: 0 }));
const texts = new Texts(languageFrom([query.get("lang")]));
const notes = new Notes();
const ways = el("p", { class: "vt-credit", id: "ways" });
document.documentElement.lang = texts.language;

const panel = new Panel(
  texts,
  (cover) => {
    frame.dataset.cover = cover.bottom > 0 ? "bottom" : cover.right > 0 ? "right" : "none";
    frame.style.setProperty("--cover-right", `${cover.right}px`);
    state.cover = cover.bottom;
  },
  () => undefined,
);
const toggle = (content: PanelContent, opener: HTMLElement): void => {
  if (panel.content === content) panel.close();
  else panel.open(content, opener);
};

function go(id: string): void {
  const node = nodes.find((each) => each.id === id);
  if (!node) return;
  state.node = node;
  notes.show(sayWith("nowAt", texts.language, { place: nodeName(node, texts.language).text }), 3000);
  draw();
  list.update();
}

function turn(direction: Direction, by: number): void {
  const [x, y] = STEPS[direction];
  state.heading += x * by;
  state.pitch += y * by;
  gyroscope.shift(x * by, y * by);
  draw();
}

const list = new NodeList(texts, {
  nodes,
  files: new PackageFiles("./"),
  current: () => (state.mode === "model" ? null : state.node.id),
  go,
});
const plan = new Plan(texts, { go, open: toggle, sized: () => panel.cover() });
const gyroscope = new Gyroscope(texts, {
  look: () => state,
  lookTo: (look) => {
    Object.assign(state, look);
    draw();
  },
  tell: (key) => notes.show(texts.say(key), 5000, true),
});
const mode = new ModeSwitch(texts, {
  show: (next) => {
    state.mode = next;
    mode.set(next, hasModel);
    toolbar.setMovable(next === "model");
    list.update();
    draw();
  },
});
const toolbar = new Toolbar(texts, frame, {
  zoom: (factor) => {
    state.fov = Math.min(Math.max(state.fov * factor, 0.3), 1.6);
    draw();
  },
  reset: () => undefined,
  turn: (direction) => turn(direction, 0.3),
  move: () => undefined,
  hold: (direction, _, seconds) => turn(direction, seconds),
  places: () => undefined,
  nodes: (opener) => toggle(list.content, opener),
  info: () => undefined,
  share: () => undefined,
});
const compass = new Compass(texts, () => undefined);
const topbar = new TopBar(texts, "#", (language) => {
  document.documentElement.lang = language;
  texts.set(language);
  draw();
});

function draw(): void {
  const fov = fovAcross(state.fov, innerWidth / innerHeight);
  plan.update({
    node: state.mode === "model" ? null : state.node.id,
    position: state.node.pose.position,
    heading: state.heading,
    fov,
  });
  compass.update(-state.heading);
  ways.textContent = waysOf(state.node, nodes, world)
    .map((way) => wayName(way, state.heading, texts.language))
    .join(" · ");
}

frame.append(
  topbar.element,
  scene,
  sideColumn(compass.element, mode.element, gyroscope.button),
  el("div", { class: "vt-corner" }, plan.element, ways),
  notes.element,
  toolbar.pad,
  toolbar.element,
  panel.element,
);
document.getElementById("tour")?.append(frame);
topbar.setName({ vi: "Đình làng Mông Phụ", en: "Mong Phu communal house", "zh-Hans": "蒙富亭" }, "mong-phu");
toolbar.setPlaces(hotspots.length);
toolbar.setNodes(nodes.length);
toolbar.setMovable(false);
mode.set("panorama", hasModel);
plan.set({ nodes, hotspots, bounds: hasModel ? { min: [-8, 0, -7], max: [9, 8, 10] } : null, world });
scene.style.background = "linear-gradient(#8fb7d6, #d9d2bf 48%, #7a6b52 52%, #4a4134)";
draw();

declare global {
  interface Window {
    story: { readonly state: typeof state; readonly gyroscope: Gyroscope; readonly looks: typeof lookAlong };
  }
}
window.story = { state, gyroscope, looks: lookAlong };
