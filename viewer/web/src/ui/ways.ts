/** The ways on from a node: one real button each, where the way begins, placed every frame. */

import { nodeName, tabOrder, type Way, wayLength, wayName } from "../core/links";
import type { Node } from "../core/manifest";
import { nearestTurn } from "../core/orbit";
import { frontRanks, namedPoints, type ScreenPoint } from "../core/project";
import { clamp, type Vec3 } from "../core/vector";
import { el, icon } from "./dom";
import type { Texts } from "./texts";

/** A way less than this beside the middle of the view leads straight on, radians. */
const AHEAD = 0.5;
/** What bars cover of the scene, CSS pixels: no arrow and no name lies there. */
const BARS = { top: 60, bottom: 76 };
/** Half of a button. */
const HALF = 28;
/** Arrows at an edge stand so far from it, CSS pixels: on a low screen beside plan and buttons. */
const LOW = 520;
const EDGES = { left: 4, right: 4 };
const LOW_EDGES = { left: 142, right: 58 };

export interface WayState {
  readonly to: string;
  readonly x: number;
  readonly y: number;
  readonly inside: boolean;
  readonly name: string;
  /** Its name is on show below it. */
  readonly named: boolean;
}

/** The edge at which a way out of sight stands. */
type Side = "left" | "right" | "";

interface Mark {
  readonly way: Way;
  readonly button: HTMLButtonElement;
  readonly label: HTMLElement;
  screen: ScreenPoint;
  /** Of the label; 0 until it is known. */
  width: number;
}

export class Ways {
  readonly element: HTMLElement;
  #marks: Mark[] = [];
  #order: readonly number[] = [];
  #heading = 0;
  #seeks = true;
  /** A finger does not point at an arrow before it goes there: names are shown where there is room. */
  readonly #touch = matchMedia("(pointer: coarse)");

  constructor(
    private readonly texts: Texts,
    /** What gets the focus where there is no way ahead. */
    private readonly scene: HTMLElement,
    private readonly onGo: (node: Node) => void,
    /** A way that cannot be seen was reached with the keyboard. */
    private readonly onSeek: (point: Vec3) => void,
  ) {
    this.element = el("div", { class: "vt-ways", role: "group", hidden: true });
    texts.bind(this.element, "ways", "aria-label");
    texts.onChange(() => this.#describe());
  }

  /**
   * Shows the ways of a node in place of those before.
   *
   * The focus goes on to the way straight ahead, so that one key walks on; where there is none, to
   * the scene: the next tab reaches the first way.
   */
  set(ways: readonly Way[], heading: number): void {
    const hadFocus = this.element.contains(document.activeElement);
    this.#heading = heading;
    this.#order = tabOrder(ways, heading);
    this.#marks = ways.map((way) => this.#mark(way));
    this.#describe();
    this.element.replaceChildren(...this.#inOrder());
    this.element.hidden = ways.length === 0;
    if (!hadFocus) return;
    const nearest = this.#marks[this.#order[0] ?? -1];
    const ahead = nearest && Math.abs(nearestTurn(nearest.way.look.heading - heading)) < AHEAD;
    const next = ahead ? nearest.button : this.scene;
    this.#seeks = false;
    next.focus({ preventScroll: true });
    this.#seeks = true;
  }

  /** Places all buttons; `resting` when the camera stands still: then names follow its heading. */
  update(
    project: (point: Vec3) => ScreenPoint,
    size: { width: number; height: number },
    heading: number,
    resting: boolean,
  ): void {
    const points = this.#marks.map(({ way }) => project(way.point));
    const ranks = frontRanks(points);
    const places = points.map((point) => ({
      ...point,
      x: clamp(point.x, HALF, size.width - HALF),
      y: clamp(point.y, BARS.top + HALF, size.height - BARS.bottom - HALF),
    }));
    const sides = this.#touch.matches ? this.#pin(places, size, heading) : [];
    this.#marks.forEach((mark, index) => {
      const { x, y, inside } = places[index] as ScreenPoint;
      mark.screen = points[index] as ScreenPoint;
      mark.button.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
      mark.button.style.zIndex = String((ranks[index] ?? 0) + 1);
      mark.button.toggleAttribute("data-outside", !inside);
      mark.button.dataset.side = sides[index] ?? "";
    });
    this.#nameSome(places, sides, size);
    if (!resting || heading === this.#heading) return;
    this.#heading = heading;
    this.#describe();
    this.#sort();
  }

  /** Puts the nearest way out of sight on each side at that edge, where no other lies there. */
  #pin(places: ScreenPoint[], size: { width: number; height: number }, heading: number): Side[] {
    const sides: Side[] = places.map(() => "");
    const turns = this.#marks.map(({ way }) => nearestTurn(way.look.heading - heading));
    const edges = size.height < LOW ? LOW_EDGES : EDGES;
    for (const side of ["left", "right"] as const) {
      const off = (index: number): number => (turns[index] as number) * (side === "left" ? -1 : 1);
      const [nearest] = places
        .map((_, index) => index)
        .filter((index) => !places[index]?.inside && off(index) > 0)
        .sort((a, b) => off(a) - off(b));
      const x = side === "left" ? edges.left + HALF : size.width - HALF - edges.right;
      const y = size.height / 2;
      const taken = places.some((each) => each.inside && Math.hypot(each.x - x, each.y - y) < 2 * HALF);
      if (nearest === undefined || taken) continue;
      places[nearest] = { x, y, depth: 0, inside: true };
      sides[nearest] = side;
    }
    return sides;
  }

  #nameSome(
    places: readonly ScreenPoint[],
    sides: readonly Side[],
    size: { width: number; height: number },
  ): void {
    const touch = this.#touch.matches;
    if (touch) for (const mark of this.#marks) mark.width ||= mark.label.offsetWidth;
    const widths = this.#marks.map(({ width }) => width);
    // At an edge a name begins where its arrow does.
    const points = places.map((place, index) => {
      const aside = Math.max((widths[index] as number) / 2 - HALF, 0);
      return { ...place, x: place.x + aside * ({ left: 1, right: -1, "": 0 }[sides[index] ?? ""]) };
    });
    const named = touch ? namedPoints(points, widths, size, BARS) : [];
    this.#marks.forEach(({ button }, index) => button.toggleAttribute("data-named", named[index] ?? false));
  }

  get states(): WayState[] {
    return this.#marks.map(({ way, screen, button }) => ({
      to: way.to.id,
      x: screen.x,
      y: screen.y,
      inside: screen.inside,
      name: button.getAttribute("aria-label") ?? "",
      named: button.hasAttribute("data-named"),
    }));
  }

  #mark(way: Way): Mark {
    const label = el("span", { class: "vt-label", "aria-hidden": "true" });
    const button = el(
      "button",
      { type: "button", class: "vt-way", "data-node": way.to.id },
      el("span", { class: "vt-way-mark" }, icon("up")),
      label,
    );
    const mark: Mark = { way, button, label, screen: NOWHERE, width: 0 };
    button.addEventListener("click", () => this.onGo(way.to));
    button.addEventListener("focus", () => {
      if (this.#seeks && !mark.screen.inside && button.matches(":focus-visible")) this.onSeek(way.point);
    });
    return mark;
  }

  #describe(): void {
    const { language } = this.texts;
    for (const mark of this.#marks) {
      const { way, button, label } = mark;
      mark.width = 0;
      // The length is drawn by the style: the words of a label must be in the button's name as they are.
      const length = wayLength(way.metres, language)?.replaceAll(" ", "\u00a0");
      label.textContent = nodeName(way.to, language).text;
      label.toggleAttribute("data-length", false);
      if (length) label.dataset.length = length;
      button.setAttribute("aria-label", wayName(way, this.#heading, language));
    }
  }

  /** The nearest way to the middle of the view comes first, unless the focus is among them. */
  #sort(): void {
    const order = tabOrder(this.#marks.map(({ way }) => way), this.#heading, this.#order);
    const same = order.every((index, place) => index === this.#order[place]);
    if (same || this.element.contains(document.activeElement)) return;
    this.#order = order;
    this.element.replaceChildren(...this.#inOrder());
  }

  #inOrder(): HTMLElement[] {
    return this.#order.map((index) => (this.#marks[index] as Mark).button);
  }
}

const NOWHERE: ScreenPoint = { x: 0, y: 0, depth: 0, inside: false };
