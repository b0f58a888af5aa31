/** What lies over the scene while there is none: the poster, the progress, or what went wrong. */

import { progressText } from "../core/format";
import { canRetry, type ProblemKind } from "../core/problem";
import { PROBLEMS, type StringKey } from "../core/strings";
import { el } from "./dom";
import type { Texts } from "./texts";

type Look =
  | { readonly kind: "hidden" }
  | { readonly kind: "busy"; readonly key: StringKey; readonly loaded: number; readonly total: number }
  | { readonly kind: "problem"; readonly problem: ProblemKind };

export interface CurtainActions {
  retry(): void;
  readText(): void;
  /** Whether there is a text to read: the manifest is here. */
  canRead(): boolean;
}

export class Curtain {
  readonly element: HTMLElement;
  readonly #poster = el("div", { class: "vt-poster" });
  readonly #busy: HTMLElement;
  readonly #words = el("p", { class: "vt-busy-words" });
  readonly #bytes = el("p", { class: "vt-bytes" });
  readonly #bar = el("progress", { max: 1 });
  readonly #alert = el("div", { class: "vt-problem", role: "alert", hidden: true });
  #look: Look = { kind: "hidden" };

  constructor(
    private readonly texts: Texts,
    private readonly actions: CurtainActions,
  ) {
    texts.bind(this.#bar, "loading", "aria-label");
    this.#busy = el("div", { class: "vt-busy", role: "status" }, this.#words, this.#bar, this.#bytes);
    this.element = el("div", { class: "vt-curtain" }, this.#poster, this.#busy, this.#alert);
    texts.onChange(() => this.#draw());
  }

  /** Shows a picture behind the progress; sharp: it is of the model that comes, so it is seen as it is. */
  setPoster(url: string, sharp: boolean): void {
    const image = el("img", { alt: "", class: "vt-poster-image" });
    image.addEventListener("load", () => this.#poster.replaceChildren(image));
    this.element.toggleAttribute("data-sharp", sharp);
    image.src = url;
  }

  busy(key: StringKey, loaded = 0, total = 0): void {
    this.#set({ kind: "busy", key, loaded, total });
  }

  problem(problem: ProblemKind): void {
    this.#set({ kind: "problem", problem });
  }

  hide(): void {
    this.#set({ kind: "hidden" });
  }

  #set(look: Look): void {
    this.#look = look;
    this.#draw();
  }

  #draw(): void {
    const look = this.#look;
    this.element.dataset.look = look.kind;
    this.#busy.hidden = look.kind !== "busy";
    this.#alert.hidden = look.kind !== "problem";
    if (look.kind === "busy") this.#drawBusy(look.key, look.loaded, look.total);
    if (look.kind === "problem") this.#drawProblem(look.problem);
  }

  #drawBusy(key: StringKey, loaded: number, total: number): void {
    // Set only when it changes, else screen readers repeat it with every chunk.
    const words = this.texts.say(key);
    if (this.#words.textContent !== words) this.#words.textContent = words;
    if (total > 0) this.#bar.value = loaded / total;
    else this.#bar.removeAttribute("value");
    this.#bytes.textContent = total > 0 ? progressText(loaded, total, this.texts.language) : "";
    this.#bytes.setAttribute("aria-hidden", "true");
  }

  #drawProblem(kind: ProblemKind): void {
    const { what, todo } = PROBLEMS[kind];
    const { language } = this.texts;
    const buttons = el("div", { class: "vt-choices" });
    if (canRetry(kind)) buttons.append(this.#choice("retry", () => this.actions.retry()));
    if (this.actions.canRead()) {
      buttons.append(this.#choice("readText", () => this.actions.readText()));
    }
    this.#alert.replaceChildren(el("h2", {}, what[language]), el("p", {}, todo[language]), buttons);
    this.#alert.dataset.problem = kind;
  }

  #choice(key: StringKey, run: () => void): HTMLElement {
    const button = el("button", { type: "button", class: "vt-choice", "data-action": key }, this.texts.say(key));
    button.addEventListener("click", run);
    return button;
  }
}
