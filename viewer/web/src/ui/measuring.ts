/** Measuring: places marked on what is on show, lines between them, and the bar with the result. */

import { type Measured, measured, type MeasureKind, type Measurement, measuredText } from "../core/measure";
import { type Place, surenessOf } from "../core/measure";
import type { Tour } from "../core/manifest";
import type { ScreenPoint } from "../core/project";
import { sayWith, type StringKey } from "../core/strings";
import type { Vec3 } from "../core/vector";
import { el, type Icon, icon, svg } from "./dom";
import type { Notes } from "./edges";
import type { ViewerState } from "./hook";
import type { SceneView } from "./scene";
import type { Texts } from "./texts";

const NOTE_MS = 3000;
/** The cross stands so far above the finger that drags a point, CSS pixels. */
const OVER_FINGER = 56;

/** What arrow keys move a place by, CSS pixels; with the shift key so many times as much. */
const ARROWS: { readonly [key: string]: readonly [number, number] } = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const FAR_STEP = 10;

const KINDS: readonly MeasureKind[] = ["distance", "height", "area"];

export interface MeasuringParts {
  readonly texts: Texts;
  readonly scene: SceneView;
  readonly notes: Notes;
  /** The button that began it. */
  readonly opener: HTMLElement;
}

export type Picker = (x: number, y: number, touch: boolean) => Place | null;

export class Measuring {
  readonly element: HTMLElement;
  readonly overlay: HTMLElement;
  readonly #lines = svg("svg", { class: "vt-lines", "aria-hidden": "true" });
  readonly #cross = el("div", { class: "vt-cross", "aria-hidden": "true" });
  readonly #handles = el("div");
  readonly #main = el("p", { class: "vt-measured" });
  readonly #more = el("p", { class: "vt-measured-more" });
  readonly #kinds: readonly HTMLButtonElement[];
  readonly #undo: HTMLButtonElement;
  readonly #clear: HTMLButtonElement;
  readonly #copy: HTMLButtonElement;
  #kind: MeasureKind = "distance";
  #places: Place[] = [];
  #on = false;
  /** Where the cross is while a point is dragged. */
  #dragged: { x: number; y: number } | null = null;
  /** Where the place was on the screen after the last key. */
  #nudged: { x: number; y: number } | null = null;

  constructor(
    private readonly tour: Tour,
    private readonly parts: MeasuringParts,
    private readonly pick: Picker,
  ) {
    const { texts } = parts;
    this.#kinds = KINDS.map((kind) => {
      const button = el("button", { type: "button", "data-kind": kind });
      button.addEventListener("click", () => this.#setKind(kind));
      return texts.bind(button, kind);
    });
    this.#undo = this.#button("undo", "undo", () => this.#undoLast());
    this.#clear = this.#button("bin", "clear", () => this.#set([]));
    this.#copy = this.#button("copy", "copyValue", () => void this.#copyText());
    const mark = el("button", { type: "button", class: "vt-choice vt-mark-here", "data-action": "mark" });
    mark.addEventListener("click", () => this.#markAtCross());
    texts.bind(mark, "mark");
    const head = el(
      "div",
      { class: "vt-measure-head" },
      texts.bind(el("div", { class: "vt-switch", role: "group" }, ...this.#kinds), "measureKind", "aria-label"),
      this.#button("close", "endMeasuring", () => this.end()),
    );
    const foot = el("div", { class: "vt-measure-foot" }, mark, this.#undo, this.#clear, this.#copy);
    const result = el("div", { class: "vt-measure-result", role: "status" }, this.#main, this.#more);
    this.element = el("section", { class: "vt-measure", hidden: true }, head, result, foot);
    texts.bind(this.element, "measureTitle", "aria-label");
    this.overlay = el("div", { class: "vt-overlay", hidden: true }, this.#lines, this.#handles, this.#cross);
    texts.onChange(() => this.#draw());
    // The middle of the picture, where the cross is, stays clear of the bar.
    new ResizeObserver(() => this.#clearBar()).observe(this.element);
  }

  get isOn(): boolean {
    return this.#on;
  }

  get state(): ViewerState["measuring"] {
    if (!this.#on) return null;
    const { main } = this.#measurement;
    return {
      kind: this.#kind,
      places: this.#places,
      value: main?.value ?? null,
      within: main?.within ?? null,
      text: this.#main.textContent ?? "",
    };
  }

  begin(opener: HTMLElement): void {
    this.#on = true;
    this.element.hidden = this.overlay.hidden = false;
    opener.setAttribute("aria-pressed", "true");
    this.parts.scene.element.toggleAttribute("data-measuring", true);
    this.#draw();
    this.drawn();
  }

  /** What was marked is kept for the next time. */
  end(): void {
    if (!this.#on) return;
    this.#on = false;
    const hadFocus = [this.element, this.overlay].some((each) => each.contains(document.activeElement));
    this.element.hidden = this.overlay.hidden = true;
    this.parts.opener.setAttribute("aria-pressed", "false");
    this.parts.scene.element.toggleAttribute("data-measuring", false);
    if (hadFocus) this.parts.opener.focus({ preventScroll: true });
  }

  /** Marks what was tapped. */
  tap(x: number, y: number, touch: boolean): boolean {
    if (this.#on) this.#mark(x, y, touch);
    return this.#on;
  }

  /** After each frame: lines and handles go where their places are now. */
  drawn(): void {
    if (!this.#on) return;
    const { width, height } = this.parts.scene.size;
    this.#lines.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const points = this.#places.map(({ position }) => this.#project(position));
    this.#drawLines(points);
    points.forEach((point, index) => {
      const handle = this.#handles.children[index] as HTMLElement | undefined;
      if (!handle) return;
      handle.hidden = !point.inside;
      handle.style.transform = `translate(${point.x.toFixed(1)}px, ${point.y.toFixed(1)}px)`;
    });
    const { x, y } = this.#dragged ?? this.#middle;
    this.#cross.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
  }

  #clearBar(): void {
    const { top, height } = this.element.getBoundingClientRect();
    this.parts.scene.floor = height > 0 ? window.innerHeight - top : 0;
  }

  #project(position: Vec3): ScreenPoint {
    return this.parts.scene.stage?.project(position) ?? { x: 0, y: 0, depth: 0, inside: false };
  }

  get #middle(): { x: number; y: number } {
    const { width, height } = this.parts.scene.size;
    const { dx, dy } = this.parts.scene.stage?.shift ?? { dx: 0, dy: 0 };
    return { x: width / 2 - dx, y: height / 2 - dy };
  }

  #markAtCross(): void {
    const { x, y } = this.#middle;
    this.#mark(x, y, false);
  }

  #mark(x: number, y: number, touch: boolean): void {
    const { notes, texts } = this.parts;
    const place = this.pick(x, y, touch);
    if (!place) return notes.show(texts.say("nothingHit"), NOTE_MS, true);
    // A height is one between two places.
    const kept = this.#kind === "height" && this.#places.length >= 2 ? [] : this.#places;
    this.#set([...kept, place]);
  }

  #undoLast(): void {
    this.#set(this.#places.slice(0, -1));
  }

  #setKind(kind: MeasureKind): void {
    this.#kind = kind;
    if (kind === "height") this.#places = this.#places.slice(0, 2);
    this.#set(this.#places);
  }

  #set(places: Place[]): void {
    this.#places = places;
    while (this.#handles.children.length > places.length) this.#handles.lastElementChild?.remove();
    while (this.#handles.children.length < places.length) this.#handles.append(this.#handle(this.#handles.children.length));
    this.#draw();
    this.drawn();
  }

  /** A place that can be dragged, or moved by keys. */
  #handle(index: number): HTMLElement {
    const handle = el("button", { type: "button", class: "vt-handle" });
    handle.setAttribute("aria-label", sayWith("dragPoint", this.parts.texts.language, { count: index + 1 }));
    handle.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      handle.setPointerCapture(event.pointerId);
      this.#dragged = this.#spot(event);
      this.drawn();
    });
    handle.addEventListener("pointermove", (event) => {
      if (!this.#dragged) return;
      event.stopPropagation();
      this.#dragTo(index, this.#spot(event), event.pointerType === "touch");
    });
    handle.addEventListener("keydown", (event) => this.#nudge(index, event));
    handle.addEventListener("blur", () => this.#letGo());
    for (const end of ["pointerup", "pointercancel"] as const)
      handle.addEventListener(end, (event) => {
        event.stopPropagation();
        this.#letGo();
      });
    return handle;
  }

  #dragTo(index: number, spot: { x: number; y: number }, touch: boolean): void {
    this.#dragged = spot;
    const place = this.pick(spot.x, spot.y, touch);
    if (place) this.#set(this.#places.map((each, at) => (at === index ? place : each)));
    else this.drawn();
  }

  #letGo(): void {
    this.#dragged = this.#nudged = null;
    this.drawn();
  }

  /** Arrow keys move the cross from the place on, and the place goes where the cross is. */
  #nudge(index: number, event: KeyboardEvent): void {
    const way = ARROWS[event.key];
    const place = this.#places[index];
    if (!way || !place || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.shiftKey ? FAR_STEP : 1;
    const at = this.#project(place.position);
    // Points lie apart: small steps add up until the next one is nearer. If the scene has moved they begin anew.
    const goesOn = this.#nudged && Math.hypot(this.#nudged.x - at.x, this.#nudged.y - at.y) < 0.5;
    const from = (goesOn && this.#dragged) || at;
    this.#dragTo(index, { x: from.x + way[0] * step, y: from.y + way[1] * step }, false);
    this.#nudged = this.#project((this.#places[index] as Place).position);
  }

  #spot(event: PointerEvent): { x: number; y: number } {
    const box = this.overlay.getBoundingClientRect();
    const up = event.pointerType === "touch" ? OVER_FINGER : 0;
    return { x: event.clientX - box.left, y: event.clientY - box.top - up };
  }

  get #measurement(): Measurement {
    const positions = this.#places.map(({ position }) => position);
    return measured(this.#kind, positions, surenessOf(this.tour, this.#places));
  }

  #draw(): void {
    const { texts } = this.parts;
    for (const each of this.#kinds) each.setAttribute("aria-pressed", String(each.dataset.kind === this.#kind));
    const count = this.#places.length;
    for (const button of [this.#undo, this.#clear]) button.toggleAttribute("data-off", count === 0);
    const { main, ...more } = this.#measurement;
    this.#copy.toggleAttribute("data-off", main === null);
    this.#main.textContent = main
      ? measuredText(main, this.#kind === "area" ? "m²" : "m", texts.language)
      : count > 0
        ? sayWith("pointsPlaced", texts.language, { count })
        : texts.say("markHint");
    this.#main.toggleAttribute("data-hint", main === null);
    const sure = texts.say(main?.within == null ? "sureUnknown" : "sureKnown");
    this.#more.textContent = main ? [...this.#details({ main, ...more }), sure].join(" · ") : "";
    [...this.#handles.children].forEach((handle, index) =>
      handle.setAttribute("aria-label", sayWith("dragPoint", texts.language, { count: index + 1 })),
    );
  }

  #details({ kind, segments, plan, off }: Measurement): string[] {
    const { language } = this.parts.texts;
    const details: string[] = [];
    const tell = (key: StringKey, value: string): void => void details.push(sayWith(key, language, { value }));
    const [last] = segments.slice(-1);
    if (kind === "distance" && segments.length > 1 && last) tell("lastLeg", measuredText(last, "m", language));
    if (kind === "height" && plan) tell("onGround", measuredText(plan, "m", language));
    if (kind === "area" && plan) {
      if (off !== null) tell("offPlane", measuredText({ value: off, within: null }, "m", language));
      tell("onPlan", measuredText(plan, "m²", language));
    }
    return details;
  }

  async #copyText(): Promise<void> {
    const { notes, texts } = this.parts;
    const text = [texts.say(this.#kind), this.#main.textContent, this.#more.textContent].join(": ");
    try {
      await navigator.clipboard.writeText(text);
      notes.show(texts.say("valueCopied"), NOTE_MS);
    } catch {
      notes.show(texts.say("notCopied"), NOTE_MS, true);
    }
  }

  #button(name: Icon, key: StringKey, run: () => void): HTMLButtonElement {
    const button = el("button", { type: "button", class: "vt-button", "data-action": key }, icon(name));
    button.addEventListener("click", () => {
      if (!button.hasAttribute("data-off")) run();
    });
    return this.parts.texts.name(button, key);
  }

  #drawLines(points: readonly ScreenPoint[]): void {
    const { language } = this.parts.texts;
    const closed = this.#kind === "area" && points.length > 2;
    const pairs = points.slice(1).map((point, index) => [points[index] as ScreenPoint, point] as const);
    if (closed) pairs.push([points[points.length - 1] as ScreenPoint, points[0] as ScreenPoint]);
    const { segments } = this.#measurement;
    const shapes: SVGElement[] = [];
    if (closed && points.every(({ depth }) => depth > 0))
      shapes.push(svg("polygon", { class: "vt-area", points: points.map(({ x, y }) => `${x},${y}`).join(" ") }));
    pairs.forEach(([a, b], index) => {
      // A place behind the camera has none on the screen.
      if (a.depth <= 1e-6 || b.depth <= 1e-6) return;
      shapes.push(svg("line", { class: "vt-line", x1: a.x, y1: a.y, x2: b.x, y2: b.y }));
      if (Math.hypot(a.x - b.x, a.y - b.y) < 50) return;
      const label = svg("text", { class: "vt-leg", x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 - 6 });
      label.textContent = measuredText(segments[index] as Measured, "m", language).replace(/ ±.* m$/, " m");
      shapes.push(label);
    });
    this.#lines.replaceChildren(...shapes);
  }
}
