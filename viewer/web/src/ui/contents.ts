/** What the panel shows: a hotspot or the list of hotspots; the facts about the tour are in about.ts. */

import { textIn } from "../core/language";
import type { Hotspot, Media, PackageFiles } from "../core/manifest";
import { mediaFor, mediaKind } from "../core/media";
import type { StringKey } from "../core/strings";
import { el, icon } from "./dom";
import type { PanelContent } from "./panel";
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
