/** The same tour as text and pictures, for those who cannot or do not want to see 3D. */

import { textIn } from "../core/language";
import { nodeName } from "../core/links";
import type { Hotspot, Node, PackageFiles, Tour } from "../core/manifest";
import { mediaFor } from "../core/media";
import { sayWith } from "../core/strings";
import { figureOf } from "./contents";
import { el } from "./dom";
import type { Texts } from "./texts";

/** Whether the text says more than the name. */
export const hasText = (tour: Tour): boolean =>
  Object.values(tour.description ?? {}).some((text) => text) ||
  (tour.hotspots ?? []).length > 0 ||
  (tour.nodes ?? []).length > 0;

export class TextTour {
  readonly element = el("article", { class: "vt-text-tour", hidden: true });
  #tour: Tour | null = null;
  #files: PackageFiles | null = null;

  constructor(
    private readonly texts: Texts,
    private readonly onLeave: () => void,
    /** Leaves the text for the panorama of a node. */
    private readonly onNode: (id: string) => void,
  ) {
    texts.onChange(() => this.#fill());
    // On paper a tour is its text; the style sheet shows it there although it is hidden.
    window.addEventListener("beforeprint", () => this.#fill(true));
    window.addEventListener("afterprint", () => {
      if (this.element.hidden) this.hide();
    });
  }

  set(tour: Tour, files: PackageFiles): void {
    this.#tour = tour;
    this.#files = files;
  }

  show(): void {
    this.element.hidden = false;
    this.#fill();
    this.element.querySelector<HTMLElement>("h2")?.focus();
  }

  hide(): void {
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  #fill(printing = false): void {
    const tour = this.#tour;
    if (!tour || (this.element.hidden && !printing)) return;
    const heading = el("h2", { tabindex: -1 });
    this.texts.setLocal(heading, tour.name, tour.id);
    this.element.replaceChildren(heading);
    if (tour.poster && this.#files) {
      const src = this.#files.url(tour.poster.uri);
      this.element.append(el("img", { class: "vt-print-poster", src, alt: "" }));
    }
    this.#paragraph(this.element, tour.description);
    for (const node of tour.nodes ?? []) this.element.append(this.#nodeSection(node, tour.nodes ?? []));
    for (const hotspot of tour.hotspots ?? []) this.element.append(this.#section(hotspot));
    const rights = [tour.credit, tour.license].filter((part) => part).join(" · ");
    if (rights) this.element.append(el("p", { class: "vt-rights" }, rights));
    const back = el("button", { type: "button", class: "vt-choice" }, this.texts.say(tour.nodes?.length ? "backToTour" : "showModel"));
    back.addEventListener("click", this.onLeave);
    this.element.append(back);
  }

  /** A node, with buttons that lead into it and words where one can go from there. */
  #nodeSection(node: Node, nodes: readonly Node[]): HTMLElement {
    const { language } = this.texts;
    const name = nodeName(node, language);
    const heading = el("h3", { lang: name.lang === "und" ? null : name.lang }, name.text);
    const targets = new Set((node.links ?? []).map(({ to }) => to));
    const ways = nodes.filter(({ id }) => targets.has(id)).map((to) => nodeName(to, language).text);
    const enter = el(
      "button",
      { type: "button", class: "vt-choice", "data-node": node.id },
      sayWith("goTo", language, { place: name.text }),
    );
    enter.addEventListener("click", () => this.onNode(node.id));
    const section = el("section", {}, heading);
    if (ways.length > 0) section.append(el("p", {}, `${this.texts.say("ways")}: ${ways.join(" · ")}`));
    section.append(enter);
    return section;
  }

  #section(hotspot: Hotspot): HTMLElement {
    const heading = el("h3");
    this.texts.setLocal(heading, hotspot.title, hotspot.id);
    const section = el("section", {}, heading);
    this.#paragraph(section, hotspot.text);
    for (const media of mediaFor(hotspot.media ?? [], this.texts.language)) {
      if (this.#files) section.append(figureOf(media, this.texts, this.#files));
    }
    return section;
  }

  #paragraph(parent: HTMLElement, texts: Tour["description"]): void {
    if (!textIn(texts, this.texts.language)) return;
    const text = el("p", { class: "vt-text" });
    this.texts.setLocal(text, texts);
    parent.append(text);
  }
}
