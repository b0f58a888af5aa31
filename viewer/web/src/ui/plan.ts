/** The plan: small in a corner, large in the panel, with the field of view turning on both. */

import { metresText } from "../core/format";
import { nodeName } from "../core/links";
import {
  conePath,
  nearestPoint,
  type PlanDrawing,
  planHeight,
  planOf,
  type PlanPoint,
  type PlanSite,
  placeLabels,
  pointTowards,
} from "../core/plan";
import type { Vec3 } from "../core/vector";
import { el, icon, svg } from "./dom";
import type { PanelContent } from "./panel";
import type { Texts } from "./texts";

/** Where the visitor is and looks. */
export interface PlanView {
  /** The node on show; null while the model is. */
  readonly node: string | null;
  readonly position: Vec3;
  /** Clockwise from -Z, radians. */
  readonly heading: number;
  /** Horizontal, radians: `fovAcross` of core/plan gives it. */
  readonly fov: number;
}

export interface PlanActions {
  go(id: string): void;
  /** Opens `content` in the panel; the opener gets the focus back. */
  open(content: PanelContent, opener: HTMLElement): void;
  /** The large plan got its size: the panel may cover more than when it was opened. */
  sized(): void;
}

const SMALL = { width: 160, height: 160, least: 88, margin: 20, dot: 4, cone: 30 };
const LARGE = { least: 180, most: 420, margin: 30, dot: 7, cone: 54 };
/** What is seen of the words below a large plan, px. */
const WORDS = 44;
/** Half of 44 px: how far from a dot a finger may land. */
const REACH = 22;
/** Changes smaller than this are not drawn: half a degree, half a pixel. */
const STILL = { heading: 0.009, pixels: 0.5 };
const ARROWS: { readonly [key: string]: PlanPoint } = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A drawn plan with the mark of the visitor. */
interface Sheet {
  readonly drawing: PlanDrawing;
  readonly picture: SVGSVGElement;
  readonly you: SVGGElement;
  readonly cone: SVGPathElement;
  readonly radius: number;
  drawn: PlanView | null;
}

export class Plan {
  /** The corner map; put it where it may lie. */
  readonly element = el("div", { class: "vt-plan", hidden: true });
  readonly content: PanelContent = {
    name: "plan",
    fill: (title, body) => this.#fillPanel(title, body),
    onLeave: () => {
      this.#large = null;
      this.#dots = [];
      this.#sized.disconnect();
    },
  };
  readonly #open: HTMLButtonElement;
  readonly #fold: HTMLButtonElement;
  readonly #sized = new ResizeObserver(() => this.#drawLarge());
  #site: PlanSite | null = null;
  #view: PlanView | null = null;
  #small: Sheet | null = null;
  #large: Sheet | null = null;
  #frame = el("div");
  #dots: HTMLButtonElement[] = [];

  constructor(
    private readonly texts: Texts,
    private readonly actions: PlanActions,
  ) {
    this.#open = texts.name(el("button", { type: "button", class: "vt-plan-open" }), "openPlan");
    this.#open.addEventListener("click", () => actions.open(this.content, this.#open));
    this.#fold = el("button", { type: "button", class: "vt-button vt-plan-fold" });
    this.#fold.addEventListener("click", () => this.#setFolded(!this.#folded));
    this.element.append(this.#open, this.#fold);
    texts.onChange(() => this.#drawSmall());
    this.#setFolded(false);
  }

  /** Shows a site; one node without a model needs no plan. */
  set(site: PlanSite): void {
    this.#site = site;
    this.element.hidden = site.nodes.length < 2;
    this.#drawSmall();
  }

  /** Call it with each frame: it draws only what changed. */
  update(view: PlanView): void {
    const moved = this.#view?.node !== view.node;
    this.#view = view;
    if (moved) this.#markCurrent();
    for (const sheet of [this.#small, this.#large]) if (sheet) place(sheet, view);
  }

  get #folded(): boolean {
    return this.element.hasAttribute("data-folded");
  }

  #setFolded(folded: boolean): void {
    this.element.toggleAttribute("data-folded", folded);
    this.#open.hidden = folded;
    this.#fold.replaceChildren(icon(folded ? "plan" : "fold"));
    this.#fold.setAttribute("aria-expanded", String(!folded));
    this.#nameFold();
  }

  #nameFold(): void {
    const name = this.texts.say(this.#folded ? "showPlan" : "hidePlan");
    this.#fold.setAttribute("aria-label", name);
    this.#fold.title = name;
  }

  #drawSmall(): void {
    this.#nameFold();
    if (!this.#site) return;
    const { width, height: most, least, margin } = SMALL;
    const height = planHeight(this.#site, width, margin, least, most);
    this.#small = draw(planOf(this.#site, width, height, margin), SMALL, this.texts);
    this.#open.replaceChildren(this.#small.picture);
    if (this.#view) place(this.#small, this.#view);
  }

  #fillPanel(title: HTMLElement, body: HTMLElement): void {
    title.textContent = this.texts.say("plan");
    this.#frame = el("div", { class: "vt-plan-large", role: "group", "aria-label": this.texts.say("plan") });
    this.#frame.addEventListener("click", (event) => this.#tap(event));
    this.#frame.addEventListener("keydown", (event) => this.#walk(event));
    body.append(this.#frame);
    if (this.#site && planOf(this.#site, 1, 1, 0).sketch) {
      body.append(el("p", { class: "vt-plan-note" }, this.texts.say("notToScale")));
    }
    body.append(el("p", { class: "vt-plan-note" }, this.texts.say("planHelp")));
    this.#large = null;
    // The body has no size yet while the panel is hidden.
    this.#sized.disconnect();
    this.#sized.observe(this.#frame);
    this.#drawLarge();
  }

  /** Fits the plan to the panel; again only when that has another width. */
  #drawLarge(): void {
    const width = this.#frame.clientWidth;
    if (!this.#site || width < 50 || this.#large?.drawing.width === width) return;
    const focused = this.#dots.findIndex((dot) => dot === document.activeElement);
    const height = planHeight(this.#site, width, LARGE.margin, LARGE.least, this.#room());
    const sheet = draw(planOf(this.#site, width, height, LARGE.margin), LARGE, this.texts);
    this.#large = sheet;
    this.#frame.style.height = `${height}px`;
    this.#dots = sheet.drawing.nodes.map((point, index) => this.#dotOf(point, index));
    this.#frame.replaceChildren(sheet.picture, ...this.#dots);
    this.#markCurrent();
    this.#placeLabels(sheet.drawing);
    if (this.#view) place(sheet, this.#view);
    if (focused >= 0) this.#dots[focused]?.focus({ preventScroll: true });
    this.actions.sized();
  }

  /** How high the plan may be, so that the panel shows all of it and where its words begin. */
  #room(): number {
    const panel = this.#frame.closest<HTMLElement>(".vt-panel");
    const most = panel ? Number.parseFloat(getComputedStyle(panel).maxHeight) : Number.NaN;
    const above = panel ? this.#frame.getBoundingClientRect().top - panel.getBoundingClientRect().top : 0;
    const room = (Number.isFinite(most) ? most : window.innerHeight * 0.6) - above - WORDS;
    return Math.max(Math.min(LARGE.most, room), LARGE.least);
  }

  #dotOf([x, y]: PlanPoint, index: number): HTMLButtonElement {
    const node = this.#site?.nodes[index];
    const { text, lang } = node ? nodeName(node, this.texts.language) : { text: "", lang: "und" };
    const label = el("span", { class: "vt-plan-label" }, text);
    if (lang !== "und") label.lang = lang;
    const dot = el("button", { type: "button", class: "vt-plan-dot", "data-node": node?.id, tabindex: -1 }, label);
    dot.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
    return dot;
  }

  #placeLabels({ nodes, width, height }: PlanDrawing): void {
    const labels = this.#dots.map((dot) => dot.firstElementChild as HTMLElement);
    const sizes = labels.map(({ offsetWidth, offsetHeight }) => ({ width: offsetWidth, height: offsetHeight }));
    const current = this.#current;
    const order = nodes.map((_, index) => index).sort((a, b) => Number(b === current) - Number(a === current));
    const places = placeLabels(nodes, sizes, order, { width, height }, dotRadius(LARGE.dot, nodes.length));
    labels.forEach((label, index) => {
      const [x, y] = nodes[index] as PlanPoint;
      const size = sizes[index] ?? { width: 0, height: 0 };
      const spot = places[index];
      label.toggleAttribute("data-crowded", !spot);
      // One that has no place of its own is shown over the others when its dot is reached.
      const left = spot?.x ?? Math.min(Math.max(x - size.width / 2, 0), Math.max(width - size.width, 0));
      const top = spot?.y ?? (y > height / 2 ? y - LARGE.dot - 3 - size.height : y + LARGE.dot + 3);
      label.style.translate = `${(left - x).toFixed(1)}px ${(top - y).toFixed(1)}px`;
    });
  }

  get #current(): number {
    const here = this.#view?.node;
    return this.#site?.nodes.findIndex(({ id }) => id === here) ?? -1;
  }

  /** Marks the node on show; it is the one that the tab key reaches. */
  #markCurrent(): void {
    const current = this.#current;
    this.#dots.forEach((dot, index) => {
      if (index === current) dot.setAttribute("aria-current", "location");
      else dot.removeAttribute("aria-current");
    });
    this.#reach(Math.max(current, 0));
  }

  #reach(reached: number): void {
    this.#dots.forEach((dot, index) => {
      dot.tabIndex = index === reached ? 0 : -1;
    });
  }

  /** Dots may lie so near that their 44 px overlap: the nearest to the finger is meant. */
  #tap(event: MouseEvent): void {
    const dots = this.#large?.drawing.nodes ?? [];
    const box = this.#frame.getBoundingClientRect();
    const byKeyboard = event.detail === 0;
    const at: PlanPoint = [event.clientX - box.left, event.clientY - box.top];
    const pressed = this.#dots.findIndex((dot) => dot.contains(event.target as Element));
    const index = byKeyboard && pressed >= 0 ? pressed : nearestPoint(dots, at, REACH, this.#current);
    const node = this.#site?.nodes[index ?? -1];
    if (node) this.actions.go(node.id);
  }

  #walk(event: KeyboardEvent): void {
    const arrow = ARROWS[event.key];
    const from = this.#dots.findIndex((dot) => dot === document.activeElement);
    if (!arrow || from < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    // Arrows that find no dot must not scroll the panel either: the focus would be lost from sight.
    event.preventDefault();
    const next = pointTowards(this.#large?.drawing.nodes ?? [], from, arrow);
    if (next === null) return;
    this.#reach(next);
    this.#dots[next]?.focus();
  }
}

interface Style {
  readonly dot: number;
  readonly cone: number;
}

/** Where dots are many they are smaller, so that ways between them stay in sight. */
const dotRadius = (dot: number, count: number): number => dot * Math.min(1, Math.max(Math.sqrt(20 / count), 0.4));

/** Draws a plan; what it shows is said by its buttons, so it is hidden from screen readers. */
function draw(drawing: PlanDrawing, { dot, cone: radius }: Style, texts: Texts): Sheet {
  const { width, height, nodes, links, hotspots, outline } = drawing;
  const small = dotRadius(dot, nodes.length);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" });
  if (outline) {
    const [[left, top], [right, bottom]] = outline;
    const box = { x: left, y: top, width: right - left, height: bottom - top, rx: 3 };
    picture.append(svg("rect", { class: "vt-plan-model", ...box }));
  }
  const [from, to] = [0, 1] as const;
  const lines = links.map((pair) => {
    const [a, b] = [nodes[pair[from]] as PlanPoint, nodes[pair[to]] as PlanPoint];
    return `M${a[0].toFixed(1)} ${a[1].toFixed(1)}L${b[0].toFixed(1)} ${b[1].toFixed(1)}`;
  });
  picture.append(svg("path", { class: "vt-plan-links", d: lines.join("") || "M0 0" }));
  const cone = svg("path", { class: "vt-plan-cone" });
  const you = svg("g", { visibility: "hidden" }, cone, svg("circle", { class: "vt-plan-you", r: dot }));
  for (const [x, y] of hotspots) {
    const side = dot * 0.75;
    const d = `M${x} ${y - side}L${x + side} ${y}L${x} ${y + side}L${x - side} ${y}Z`;
    picture.append(svg("path", { class: "vt-plan-hotspot", d }));
  }
  for (const [cx, cy] of nodes) picture.append(svg("circle", { class: "vt-plan-node", cx, cy, r: small }));
  picture.append(you, ...signs(drawing, texts));
  return { drawing, picture, you, cone, radius, drawn: null };
}

/** North arrow and scale bar, where they are true. */
function signs({ height, north, bar }: PlanDrawing, texts: Texts): SVGElement[] {
  const parts: SVGElement[] = [];
  if (north) {
    const letter = svg("text", { x: 0, y: 14 });
    letter.textContent = texts.say("northMark");
    const place = { class: "vt-plan-north", transform: `translate(14 15)` };
    parts.push(svg("g", place, svg("path", { d: "M0 -9L4.5 3L0 0L-4.5 3Z" }), letter));
  }
  if (bar) {
    const words = svg("text", { x: bar.pixels / 2, y: -5 });
    words.textContent = metresText(bar.metres, texts.language);
    const place = { class: "vt-plan-bar", transform: `translate(8 ${height - 7})` };
    parts.push(svg("g", place, svg("path", { d: `M0 -3V0H${bar.pixels.toFixed(1)}V-3` }), words));
  }
  return parts;
}

/** Moves and turns the cone, where it changed enough to be seen. */
function place(sheet: Sheet, view: PlanView): void {
  const before = sheet.drawn;
  const [x, y] = sheet.drawing.at(view.position);
  const [oldX, oldY] = before ? sheet.drawing.at(before.position) : [Number.NaN, Number.NaN];
  const still =
    before &&
    Math.abs(view.heading - before.heading) < STILL.heading &&
    Math.abs(view.fov - before.fov) < STILL.heading &&
    Math.hypot(x - oldX, y - oldY) < STILL.pixels;
  if (still) return;
  if (before?.fov !== view.fov) sheet.cone.setAttribute("d", conePath(view.fov, sheet.radius));
  const turn = ((view.heading * 180) / Math.PI).toFixed(1);
  sheet.you.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${turn})`);
  sheet.you.removeAttribute("visibility");
  sheet.drawn = view;
}
