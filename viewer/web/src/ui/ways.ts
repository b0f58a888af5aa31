/** The ways on from a node: one real button each, where the way begins, placed every frame. */

import type { Node } from "../core/manifest";
import { frontRanks, type ScreenPoint } from "../core/project";
import type { Vec3 } from "../core/vector";
import type { Way } from "../core/ways";
import { el, icon } from "./dom";
import type { Texts } from "./texts";

export interface WayState {
  readonly to: string;
  readonly x: number;
  readonly y: number;
  readonly inside: boolean;
  readonly name: string;
}

interface Mark {
  readonly way: Way;
  readonly button: HTMLButtonElement;
  readonly label: HTMLElement;
  screen: ScreenPoint;
}

export class Ways {
  readonly element: HTMLElement;
  #marks: Mark[] = [];

  constructor(
    private readonly texts: Texts,
    private readonly onGo: (node: Node) => void,
    /** A way that cannot be seen was reached with the keyboard. */
    private readonly onSeek: (mark: Vec3) => void,
  ) {
    this.element = texts.bind(el("div", { class: "vt-ways", role: "group" }), "ways", "aria-label");
    texts.onChange(() => this.#describe());
  }

  /** Shows the ways of a node in place of those before; the focus stays in the group. */
  set(ways: readonly Way[]): void {
    const hadFocus = this.element.contains(document.activeElement);
    this.#marks = ways.map((way) => this.#mark(way));
    this.element.replaceChildren(...this.#marks.map(({ button }) => button));
    this.element.hidden = ways.length === 0;
    this.#describe();
    if (hadFocus) (this.#marks[0]?.button ?? this.element).focus({ preventScroll: true });
  }

  update(project: (point: Vec3) => ScreenPoint, size: { width: number; height: number }): void {
    const points = this.#marks.map(({ way }) => project(way.mark));
    const ranks = frontRanks(points);
    this.#marks.forEach((mark, index) => {
      const screen = points[index] as ScreenPoint;
      mark.screen = screen;
      const x = Math.min(Math.max(screen.x, 0), size.width);
      const y = Math.min(Math.max(screen.y, 0), size.height);
      mark.button.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
      mark.button.style.zIndex = String((ranks[index] ?? 0) + 1);
      mark.button.toggleAttribute("data-outside", !screen.inside);
    });
  }

  get states(): WayState[] {
    return this.#marks.map(({ way, screen, button }) => ({
      to: way.to.id,
      x: screen.x,
      y: screen.y,
      inside: screen.inside,
      name: button.getAttribute("aria-label") ?? "",
    }));
  }

  #mark(way: Way): Mark {
    const label = el("span", { class: "vt-label" });
    const button = el(
      "button",
      { type: "button", class: "vt-way", "data-node": way.to.id },
      el("span", { class: "vt-way-mark" }, icon("up")),
      label,
    );
    const mark: Mark = { way, button, label, screen: NOWHERE };
    button.addEventListener("click", () => this.onGo(way.to));
    button.addEventListener("focus", () => {
      if (!mark.screen.inside && button.matches(":focus-visible")) this.onSeek(way.mark);
    });
    return mark;
  }

  #describe(): void {
    for (const { way, button, label } of this.#marks) {
      this.texts.setLocal(label, way.to.name, way.to.id);
      button.setAttribute("aria-label", label.textContent ?? way.to.id);
    }
  }
}

const NOWHERE: ScreenPoint = { x: 0, y: 0, depth: 0, inside: false };
