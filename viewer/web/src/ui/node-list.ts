/** The list of nodes with a small picture of each, in the panel. */

import { readableId } from "../core/links";
import type { Node, PackageFiles } from "../core/manifest";
import { matches } from "../core/search";
import { sayWith } from "../core/strings";
import { el, icon } from "./dom";
import type { PanelContent } from "./panel";
import type { Texts } from "./texts";

/** A list with more nodes than this has a field to find one. */
const MOST_AT_A_GLANCE = 12;
const THUMB = { width: 96, height: 64 };

export interface NodeListView {
  readonly nodes: readonly Node[];
  readonly files: PackageFiles;
  /** The node on show; null while the model is. */
  current(): string | null;
  go(id: string): void;
}

export class NodeList {
  readonly content: PanelContent = {
    name: "nodes",
    fill: (title, body) => this.#fill(title, body),
    onLeave: () => {
      this.#query = "";
      this.#items.clear();
    },
  };
  readonly #items = new Map<string, HTMLElement>();
  /** Kept while the language changes. */
  #query = "";

  constructor(
    private readonly texts: Texts,
    private readonly view: NodeListView,
  ) {}

  /** Another node is on show: marks it, if the list is open. */
  update(): void {
    const current = this.view.current();
    for (const [id, item] of this.#items) {
      const here = id === current;
      const button = item.querySelector("button");
      if (here) button?.setAttribute("aria-current", "true");
      else button?.removeAttribute("aria-current");
      const note = item.querySelector<HTMLElement>(".vt-here");
      if (note) note.hidden = !here;
    }
  }

  #fill(title: HTMLElement, body: HTMLElement): void {
    const { texts, view } = this;
    title.textContent = texts.say("nodes");
    this.#items.clear();
    const list = el("ul", { class: "vt-nodes", role: "list" });
    for (const node of view.nodes) {
      const item = this.#itemOf(node);
      this.#items.set(node.id, item);
      list.append(item);
    }
    if (view.nodes.length > MOST_AT_A_GLANCE) body.append(this.#finder());
    body.append(list);
    this.update();
  }

  #itemOf(node: Node): HTMLElement {
    const { texts, view } = this;
    const name = el("span", { class: "vt-node-name" });
    texts.setLocal(name, node.name, readableId(node.id));
    const here = el("span", { class: "vt-here", hidden: true }, texts.say("youAreHere"));
    const words = el("span", { class: "vt-node-words" }, name, here);
    const button = el("button", { type: "button", "data-node": node.id }, this.#pictureOf(node), words);
    button.addEventListener("click", () => view.go(node.id));
    return el("li", {}, button);
  }

  /** The small picture; without one, or when it fails, the whole sphere's preview, else a sign. */
  #pictureOf({ panorama }: Node): HTMLElement {
    const frame = el("span", { class: "vt-thumb" }, icon("panorama"));
    const sources = [panorama.thumb && this.view.files.url(panorama.thumb), panorama.preview];
    const show = (index: number): void => {
      const src = sources[index];
      if (src === undefined) return;
      if (!src) return show(index + 1);
      const image = el("img", { alt: "", loading: "lazy", decoding: "async", ...THUMB });
      image.addEventListener("error", () => {
        image.remove();
        show(index + 1);
      });
      image.src = src;
      frame.append(image);
    };
    show(0);
    return frame;
  }

  #finder(): HTMLElement {
    const { texts } = this;
    const field = el("input", { type: "search", autocomplete: "off", spellcheck: "false", enterkeyhint: "search" });
    for (const attribute of ["aria-label", "placeholder"]) field.setAttribute(attribute, texts.say("findNode"));
    field.value = this.#query;
    const count = el("p", { class: "vt-found", role: "status" }, this.#filter());
    field.addEventListener("input", () => {
      this.#query = field.value;
      count.textContent = this.#filter();
    });
    // A search field is cleared by Escape first; the panel closes with the next one.
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || field.value === "") return;
      event.stopPropagation();
      event.preventDefault();
      field.value = "";
      field.dispatchEvent(new Event("input"));
    });
    return el("div", { class: "vt-finder" }, field, count);
  }

  /** Hides what does not match; says how many are left. */
  #filter(): string {
    const { texts, view } = this;
    let count = 0;
    for (const node of view.nodes) {
      const item = this.#items.get(node.id);
      if (!item) continue;
      const name = `${Object.values(node.name ?? {}).join(" ")} ${node.id} ${readableId(node.id)}`;
      item.hidden = !matches(name, this.#query);
      if (!item.hidden) count += 1;
    }
    if (!this.#query.trim()) return "";
    return count > 0 ? sayWith("nodesFound", texts.language, { count }) : texts.say("noNodeFound");
  }
}
