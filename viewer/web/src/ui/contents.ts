/** What the panel shows: a hotspot, the list of hotspots, or the facts about the tour. */

import { bytesText, measureText, metresText, shareText } from "../core/format";
import { textIn } from "../core/language";
import type { Derivative, Hotspot, Media, PackageFiles, ScaleSource, Tour } from "../core/manifest";
import { mediaFor, mediaKind } from "../core/media";
import { MEASURES, SHARES, type StringKey } from "../core/strings";
import type { Box } from "../core/vector";
import { el, icon } from "./dom";
import type { PanelContent } from "./panel";
import type { Mode } from "./side";
import type { Texts } from "./texts";

export function hotspotContent(
  hotspots: readonly Hotspot[],
  index: number,
  texts: Texts,
  files: PackageFiles,
  goTo: (index: number) => void,
  onLeave: () => void,
): PanelContent {
  const hotspot = hotspots[index] as Hotspot;
  return {
    name: "hotspot",
    onLeave,
    fill(title, body, foot) {
      texts.setLocal(title, hotspot.title, hotspot.id);
      if (hotspot.kind === "warning") {
        body.append(el("p", { class: "vt-warning" }, texts.say("warning")));
      }
      if (textIn(hotspot.text, texts.language)) {
        const text = el("p", { class: "vt-text" });
        texts.setLocal(text, hotspot.text);
        body.append(text);
      }
      for (const media of mediaFor(hotspot.media ?? [], texts.language)) {
        body.append(figureOf(media, texts, files));
      }
      if (hotspots.length > 1) foot.append(...steps(hotspots.length, index, texts, goTo));
    },
  };
}

function steps(
  count: number,
  index: number,
  texts: Texts,
  goTo: (index: number) => void,
): HTMLElement[] {
  const step = (by: number, key: StringKey, name: "left" | "right") => {
    const button = el(
      "button",
      { type: "button", class: "vt-button", title: texts.say(key), "aria-label": texts.say(key) },
      icon(name),
    );
    button.addEventListener("click", () => goTo((index + by + count) % count));
    return button;
  };
  return [
    step(-1, "previous", "left"),
    el("span", { class: "vt-step" }, `${index + 1} / ${count}`),
    step(1, "next", "right"),
  ];
}

/** A picture, film or sound with its caption; one that fails says so. */
export function figureOf(media: Media, texts: Texts, files: PackageFiles): HTMLElement {
  const alt = texts.plain(media.alt);
  const src = files.url(media.uri);
  const figure = el("figure", { class: "vt-media" });
  const broken = (): void =>
    figure.replaceChildren(el("p", { class: "vt-broken" }, alt, " ", texts.say("mediaBroken")));
  const kind = mediaKind(media);
  if (kind === "image") {
    const image = el("img", { alt, loading: "lazy", decoding: "async" });
    image.addEventListener("error", broken);
    image.src = src;
    figure.append(image);
  } else {
    const player = el(kind === "video" ? "video" : "audio", {
      controls: true,
      preload: "metadata",
      playsinline: true,
      "aria-label": alt || null,
    });
    player.addEventListener("error", broken);
    if (media.captions) player.append(captionsOf(media.captions, media, texts, files));
    player.src = src;
    figure.append(player);
  }
  const caption = el("figcaption");
  texts.setLocal(caption, media.alt);
  if (caption.textContent) figure.append(caption);
  return figure;
}

const captionsOf = (uri: string, media: Media, texts: Texts, files: PackageFiles): HTMLElement =>
  el("track", {
    kind: "captions",
    src: files.url(uri),
    srclang: media.lang ?? texts.language,
    label: media.lang ?? texts.language,
    default: true,
  });

export function placesContent(
  hotspots: readonly Hotspot[],
  texts: Texts,
  goTo: (index: number) => void,
): PanelContent {
  return {
    name: "places",
    fill(title, body) {
      title.textContent = texts.say("places");
      const list = el("ol", { class: "vt-places" });
      hotspots.forEach((hotspot, index) => {
        const name = el("span");
        texts.setLocal(name, hotspot.title, hotspot.id);
        const button = el("button", { type: "button" }, markOf(hotspot, index), name);
        button.addEventListener("click", () => goTo(index));
        list.append(el("li", {}, button));
      });
      body.append(hotspots.length > 0 ? list : el("p", {}, texts.say("noPlaces")));
    },
  };
}

/** The number that a hotspot bears in the scene and in the list. */
export const markOf = (hotspot: Hotspot, index: number): HTMLElement =>
  el(
    "span",
    { class: "vt-mark", "aria-hidden": "true", "data-kind": hotspot.kind ?? "info" },
    hotspot.kind === "warning" ? "!" : String(index + 1),
  );

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
