/** The one panel: a card at the right, on phones a sheet at the bottom. Not modal, no focus trap. */

import type { Insets } from "../three/stage";
import { el, icon } from "./dom";
import type { Texts } from "./texts";

/** What a panel shows; called again when the language changes. */
export interface PanelContent {
  /** Tells contents apart, for tests and styles. */
  readonly name: string;
  fill(title: HTMLElement, body: HTMLElement, foot: HTMLElement): void;
  /** After the panel was closed or shows something else. */
  onLeave?(): void;
}

export class Panel {
  readonly element: HTMLElement;
  readonly #title = el("h2", { id: "vt-panel-title", tabindex: -1 });
  readonly #body = el("div", { class: "vt-panel-body" });
  readonly #foot = el("div", { class: "vt-panel-foot" });
  #content: PanelContent | null = null;
  #opener: HTMLElement | null = null;

  constructor(
    texts: Texts,
    /** Tells how much of the canvas the panel covers now. */
    private readonly onCover: (insets: Insets) => void,
    /** After it was opened, changed or closed. */
    private readonly onChange: () => void,
  ) {
    const close = el("button", { type: "button", class: "vt-button vt-panel-close" }, icon("close"));
    close.addEventListener("click", () => this.close());
    const head = el("div", { class: "vt-panel-head" }, this.#title, texts.name(close, "close"));
    this.element = el(
      "section",
      { class: "vt-panel", role: "dialog", "aria-labelledby": "vt-panel-title", hidden: true },
      head,
      this.#body,
      this.#foot,
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
    // What unfolds may make the panel too long for the screen.
    this.#body.addEventListener("toggle", () => this.#letKeysScroll(), { capture: true });
    texts.onChange(() => this.#fill());
  }

  get content(): PanelContent | null {
    return this.#content;
  }

  /** What gets the focus when the panel closes. */
  get opener(): HTMLElement | null {
    return this.#opener;
  }

  /** Shows a content and moves the focus to its title; closing returns it to the opener. */
  open(content: PanelContent, opener: HTMLElement | null, focus = true): void {
    const before = this.#content;
    this.#content = content;
    if (opener) this.#opener = opener;
    before?.onLeave?.();
    this.#fill();
    this.element.hidden = false;
    this.#body.scrollTop = 0;
    this.cover();
    if (focus) this.#title.focus({ preventScroll: true });
    this.onChange();
  }

  close(): void {
    if (!this.#content) return;
    const left = this.#content;
    // Some browsers leave the focus on the body when a button is pressed.
    const { activeElement } = document;
    const hadFocus = activeElement === document.body || this.element.contains(activeElement);
    this.#content = null;
    this.element.hidden = true;
    this.#body.replaceChildren();
    this.cover();
    left.onLeave?.();
    if (hadFocus) this.#opener?.focus({ preventScroll: true });
    this.#opener = null;
    this.onChange();
  }

  /** Measures anew what is covered, as after a resize. */
  cover(): void {
    const none = { top: 0, right: 0, bottom: 0, left: 0 };
    if (this.element.hidden) return this.onCover(none);
    this.#letKeysScroll();
    const box = this.element.getBoundingClientRect();
    const sheet = box.width > window.innerWidth * 0.7;
    this.onCover(
      sheet
        ? { ...none, bottom: window.innerHeight - box.top }
        : { ...none, right: window.innerWidth - box.left },
    );
  }

  /** A text longer than the panel gets the focus: not all browsers let keys scroll it else. */
  #letKeysScroll(): void {
    const { scrollHeight, clientHeight } = this.#body;
    if (scrollHeight > clientHeight) this.#body.tabIndex = 0;
    else this.#body.removeAttribute("tabindex");
  }

  #fill(): void {
    if (!this.#content) return;
    this.element.dataset.panel = this.#content.name;
    this.#title.replaceChildren();
    this.#title.removeAttribute("lang");
    this.#body.replaceChildren();
    this.#foot.replaceChildren();
    this.#content.fill(this.#title, this.#body, this.#foot);
    this.#foot.hidden = this.#foot.childElementCount === 0;
    this.#letKeysScroll();
  }
}
