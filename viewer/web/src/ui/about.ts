/** The facts about the tour, in a chunk of their own: it is loaded once there is something on show. */

import { bytesText, measureText, metresText, shareText } from "../core/format";
import { textIn } from "../core/language";
import type { Derivative, ScaleSource, Tour } from "../core/manifest";
import { addStrings, type StringKey } from "../core/strings";
import { MEASURES, SHARES, STRINGS_OF_ABOUT } from "../core/strings-about";
import type { Box } from "../core/vector";
import { el } from "./dom";
import type { PanelContent } from "./panel";
import type { Mode } from "./side";
import type { Texts } from "./texts";

addStrings(STRINGS_OF_ABOUT);

/** What is loaded, for the facts. */
export interface OnShow {
  readonly derivative: Derivative | null;
  readonly bounds: Box | null;
  /** Absent: the model is on show. */
  readonly mode?: Mode;
}

export function infoContent(
  tour: Tour,
  texts: Texts,
  onShow: () => OnShow,
  readText: (() => void) | null,
): PanelContent {
  return {
    name: "info",
    fill(title, body) {
      title.textContent = texts.say("info");
      if (textIn(tour.description, texts.language)) {
        const text = el("p", { class: "vt-text" });
        texts.setLocal(text, tour.description);
        body.append(text);
      }
      const shown = onShow();
      body.append(...helpOf(texts, shown.mode ?? "model"), factsOf(tour, texts, shown));
      body.append(figuresOf(tour, texts, shown));
      if (readText) {
        const button = el(
          "button",
          { type: "button", class: "vt-choice", "data-action": "readText" },
          texts.say("readText"),
        );
        button.addEventListener("click", readText);
        body.append(button);
      }
    },
  };
}

const HELP = {
  model: { mouse: "helpMouse", touch: "helpTouch", keys: "helpKeys" },
  panorama: { mouse: "helpMousePanorama", touch: "helpTouchPanorama", keys: "helpKeysPanorama" },
} as const satisfies { readonly [mode in Mode]: { readonly [by: string]: StringKey } };

/** How to look around, beginning with what the device has. */
function helpOf(texts: Texts, mode: Mode): HTMLElement[] {
  const { mouse, touch, keys } = HELP[mode];
  const order = matchMedia("(pointer: coarse)").matches ? [touch, mouse, keys] : [mouse, touch, keys];
  return [el("h3", {}, texts.say("help")), ...order.map((key) => el("p", {}, texts.say(key)))];
}

/** Whose work it is, and how large the site is. */
function factsOf(tour: Tour, texts: Texts, { bounds }: OnShow): HTMLElement {
  const list = el("dl", { class: "vt-facts" });
  fact(list, texts.say("credit"), tour.credit);
  fact(list, texts.say("license"), tour.license);
  if (tour.world.scale === "metric" && bounds) fact(list, texts.say("size"), sizeText(bounds, texts));
  return list;
}

/** What surveyors ask for: folded, since few visitors do. */
function figuresOf(tour: Tour, texts: Texts, { derivative }: OnShow): HTMLElement {
  const { world } = tour;
  const metric = world.scale === "metric";
  const list = el("dl", { class: "vt-facts" });
  fact(list, texts.say("scale"), texts.say(metric ? SCALES[world.scale_source] : "scaleUnknown"));
  fact(list, texts.say("upright"), texts.say(world.up === "measured" ? "measured" : "assumed"));
  fact(list, texts.say("northLabel"), texts.say(world.north === "true" ? "known" : "unknown"));
  if (derivative) {
    const faces = new Intl.NumberFormat(texts.language).format(derivative.faces);
    const bytes = bytesText(derivative.bytes, texts.language);
    fact(list, texts.say("detail"), `${faces} ${texts.say("faces")}, ${bytes}`);
  }
  const points = (tour.points ?? []).reduce((sum, { count }) => sum + (count ?? 0), 0);
  if (points > 0) fact(list, texts.say("laserPoints"), new Intl.NumberFormat(texts.language).format(points));
  const figures = el("details", { class: "vt-figures" }, el("summary", {}, texts.say("figures")), list);
  if (Object.keys(tour.accuracy ?? {}).length > 0) {
    figures.append(el("h3", {}, texts.say("accuracy")), accuracyOf(tour, texts));
  }
  return figures;
}

const SCALES: { readonly [source in ScaleSource]: StringKey } = {
  control: "scaleControl",
  scan: "scaleScan",
  scale_bars: "scaleBars",
  gps: "scaleGps",
  manual: "scaleManual",
  none: "scaleUnknown",
};

function sizeText({ min, max }: Box, texts: Texts): string {
  const along = (axis: 0 | 1 | 2): string => metresText(max[axis] - min[axis], texts.language);
  return `${along(0)} × ${along(2)} × ${along(1)}`;
}

function accuracyOf(tour: Tour, texts: Texts): HTMLElement {
  const list = el("dl", { class: "vt-facts" });
  const measures = Object.entries(tour.accuracy ?? {});
  measures.sort(([a], [b]) => importance(a) - importance(b));
  for (const [name, measure] of measures) {
    const label = MEASURES[name]?.[texts.language] ?? name.replaceAll("_", " ");
    const value = SHARES.has(name)
      ? shareText(measure.value, texts.language)
      : measureText(measure.value, measure.unit, texts.language);
    fact(list, label, value);
  }
  return list;
}

/** The order of the words: what says how true the model is comes first. */
function importance(name: string): number {
  const place = Object.keys(MEASURES).indexOf(name);
  return place < 0 ? Number.MAX_SAFE_INTEGER : place;
}

function fact(list: HTMLElement, name: string, value: string | null | undefined): void {
  if (value) list.append(el("dt", {}, name), el("dd", {}, value));
}
