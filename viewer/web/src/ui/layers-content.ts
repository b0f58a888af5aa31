/** The panel of layers: model and points on and off, shading by depth, the cut at a height. */

import { metresText } from "../core/format";
import type { LocalText } from "../core/language";
import type { Tour } from "../core/manifest";
import { sayWith, type StringKey } from "../core/strings";
import { el, icon } from "./dom";
import type { PanelContent } from "./panel";
import type { Texts } from "./texts";

export interface ModelSwitch {
  readonly id: string;
  readonly title: LocalText | null;
  readonly shown: boolean;
}

/** What is on show and how; the panel draws it and changes it. */
export interface LayerSwitches {
  readonly hasModel: boolean;
  readonly modelShown: boolean;
  /** Each of several; empty where there is one. */
  readonly models: readonly ModelSwitch[];
  readonly hasPoints: boolean;
  readonly pointsShown: boolean;
  readonly pointsDrawn: number;
  readonly shaded: boolean;
  readonly cut: number | null;
  readonly heights: readonly [number, number];
  showPanorama(): void;
  showModel(shown: boolean): void;
  showOne(model: number, shown: boolean): void;
  /** To where a model is seen whole. */
  goTo(model: number): void;
  showPoints(shown: boolean): void;
  shade(shaded: boolean): void;
  cutAt(height: number | null): void;
}

const STEPS = 200;
/** The cut begins at this share of the height: through the walls of a ground floor. */
const FIRST_CUT = 0.5;

export function layersContent(tour: Tour, texts: Texts, layers: LayerSwitches): PanelContent & { draw(): void } {
  let update: () => void = () => undefined;
  return {
    name: "layers",
    fill(title, body) {
      title.textContent = texts.say("layersTitle");
      const model = new Switch(texts, "modelLayer", (on) => layers.showModel(on));
      const points = new Switch(texts, "pointLayer", (on) => layers.showPoints(on));
      const shade = new Switch(texts, "shading", (on) => layers.shade(on));
      const cut = new Cut(tour, texts, layers);
      shade.note = texts.say("shadingNote");
      const models = layers.models.map((each, place) => new ModelRow(texts, each, place, layers));
      const empty = el("p", { class: "vt-layers-empty", role: "status" });
      update = () => {
        model.set(layers.modelShown);
        const { models: states } = layers;
        for (const [place, row] of models.entries()) row.set(states[place]?.shown ?? true);
        points.set(layers.pointsShown);
        points.note = pointsNote(tour, texts, layers);
        shade.set(layers.shaded);
        shade.element.hidden = !layers.pointsShown;
        cut.draw();
        const some = models.length > 0 ? states.some(({ shown }) => shown) : layers.modelShown;
        const nothing = !layers.pointsShown && !(layers.hasModel && some);
        const words = nothing ? texts.say("nothingShown") : "";
        if (empty.textContent !== words) empty.textContent = words;
      };
      update();
      const rows: HTMLElement[] = [];
      if (models.length > 0) rows.push(listOf(texts, models));
      else if (layers.hasModel) rows.push(model.element);
      if (layers.hasPoints) rows.push(points.element, shade.element);
      body.append(el("div", { class: "vt-switches" }, ...rows, cut.element, empty));
      if (tour.nodes?.length) body.append(panoramaButton(texts, layers));
    },
    onLeave: () => (update = () => undefined),
    draw: () => update(),
  };
}

/** A panorama is seen from within, alone: it is no layer over the others. */
function panoramaButton(texts: Texts, layers: LayerSwitches): HTMLElement {
  const button = el("button", { type: "button", class: "vt-choice", "data-layer": "panorama" }, texts.say("showPanorama"));
  button.addEventListener("click", () => layers.showPanorama());
  return button;
}

function pointsNote(tour: Tour, texts: Texts, { pointsShown, pointsDrawn }: LayerSwitches): string {
  const number = new Intl.NumberFormat(texts.language, { maximumSignificantDigits: 3 });
  const [first] = tour.points ?? [];
  const all = (tour.points ?? []).reduce((sum, { count }) => sum + (count ?? 0), 0);
  const parts: string[] = [];
  if (all > 0) parts.push(sayWith("pointsOf", texts.language, { count: number.format(all) }));
  if (pointsShown && pointsDrawn > 0)
    parts.push(sayWith("pointsShown", texts.language, { count: number.format(pointsDrawn) }));
  if (pointsShown && first?.has_colour === false) parts.push(texts.say("pointsGrey"));
  return parts.join(". ");
}

const listOf = (texts: Texts, rows: readonly ModelRow[]): HTMLElement =>
  el("ul", { class: "vt-models", "aria-label": texts.say("models") }, ...rows.map(({ element }) => el("li", {}, element)));

/** One of several models: its name leads to it, the switch at the end shows or hides it. */
class ModelRow {
  readonly element: HTMLElement;
  readonly #switch: HTMLButtonElement;

  constructor(texts: Texts, { id, title }: ModelSwitch, place: number, layers: LayerSwitches) {
    const words = el("span", {});
    texts.setLocal(words, title ?? undefined, id);
    const name = texts.plain(title ?? undefined, id);
    const go = el("button", { type: "button", class: "vt-row", "data-go": id, title: sayWith("goTo", texts.language, { place: name }) }, icon("model"), words);
    go.addEventListener("click", () => layers.goTo(place));
    const knob = el("span", { class: "vt-knob", "aria-hidden": "true" });
    const label = sayWith("showOf", texts.language, { name });
    this.#switch = el("button", { type: "button", class: "vt-row", role: "switch", "data-model": id, "aria-label": label }, knob);
    this.#switch.addEventListener("click", () => layers.showOne(place, this.#switch.getAttribute("aria-checked") !== "true"));
    this.element = el("div", { class: "vt-model" }, go, this.#switch);
  }

  set(shown: boolean): void {
    this.#switch.setAttribute("aria-checked", String(shown));
  }
}

/** A row with words and a switch at its end; the whole row is the target. */
class Switch {
  readonly element: HTMLButtonElement;
  readonly #note = el("span", { class: "vt-switch-note" });

  constructor(texts: Texts, key: StringKey, onChange: (on: boolean) => void) {
    const words = el("span", { class: "vt-switch-words" }, el("span", {}, texts.say(key)), this.#note);
    const knob = el("span", { class: "vt-knob", "aria-hidden": "true" });
    this.element = el("button", { type: "button", class: "vt-row", role: "switch", "data-layer": key }, words, knob);
    this.element.addEventListener("click", () => onChange(this.element.getAttribute("aria-checked") !== "true"));
  }

  set(on: boolean): void {
    this.element.setAttribute("aria-checked", String(on));
  }

  set note(note: string) {
    if (this.#note.textContent !== note) this.#note.textContent = note;
  }
}

/** The cut: a switch, and while it is on a slider with the height over the ground. */
class Cut {
  readonly element = el("div", { class: "vt-cut" });
  readonly #switch: Switch;
  readonly #range = el("input", { type: "range", min: 0, max: STEPS, step: 1, class: "vt-range" });
  readonly #height = el("output", { class: "vt-cut-height" });
  readonly #row = el("div", { class: "vt-cut-row" }, this.#range, this.#height);

  constructor(
    private readonly tour: Tour,
    private readonly texts: Texts,
    private readonly layers: LayerSwitches,
  ) {
    this.#switch = new Switch(texts, "cut", (on) => layers.cutAt(on ? this.#at(FIRST_CUT) : null));
    this.#switch.note = texts.say("cutNote");
    this.#range.setAttribute("aria-label", texts.say("cutHeight"));
    this.#range.addEventListener("input", () => layers.cutAt(this.#at(Number(this.#range.value) / STEPS)));
    this.element.append(this.#switch.element, this.#row);
  }

  draw(): void {
    const { cut, heights } = this.layers;
    this.#switch.set(cut !== null);
    this.#row.hidden = cut === null;
    if (cut === null) return;
    const [low, high] = heights;
    const share = high > low ? (cut - low) / (high - low) : 0;
    // While it is dragged it is where the finger is.
    if (document.activeElement !== this.#range) this.#range.value = String(Math.round(share * STEPS));
    const words = this.tour.world.scale === "metric" ? this.#metres(cut - low) : `${Math.round(share * 100)} %`;
    this.#height.textContent = words;
    this.#range.setAttribute("aria-valuetext", words);
  }

  #metres(height: number): string {
    return metresText(Math.round(height * 100) / 100, this.texts.language);
  }

  #at(share: number): number {
    const [low, high] = this.layers.heights;
    return low + (high - low) * share;
  }
}
