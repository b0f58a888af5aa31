/** Small helpers to build elements. Text always goes in as text, never as HTML. */

type Child = Node | string | null | undefined | false;

interface Attributes {
  readonly [name: string]: string | number | boolean | null | undefined | ((event: Event) => void);
}

/** An element with attributes; `on...` names with a function are listeners. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** Icons are stroked paths on a 24 px grid. */
const PATHS = {
  back: "M15 5l-7 7 7 7",
  list: "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  home: "M4 11l8-7 8 7M6 9.5V20h12V9.5M10 20v-6h4v6",
  pad: "M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3",
  fullscreen: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  share: "M12 15V3M8 7l4-4 4 4M5 12v8h14v-8",
  info: "M12 21a9 9 0 100-18 9 9 0 000 18zM12 11v5.5M12 7.6v.01",
  close: "M6 6l12 12M18 6L6 18",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  up: "M5 15l7-7 7 7",
  down: "M5 9l7 7 7-7",
  north: "M12 3l4 9H8z",
  south: "M12 21l-4-9h8z",
  nodes: "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z",
  plan: "M9 4.5L3.5 7v12.5L9 17l6 2.5 5.5-2.5V4.5L15 7zM9 4.5V17M15 7v12.5",
  gyroscope: "M8.5 4h7v16h-7zM5 8.5a8 8 0 000 7M19 8.5a8 8 0 010 7",
  panorama: "M3 6c6 2.4 12 2.4 18 0v12c-6-2.4-12-2.4-18 0z",
  model: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
  layers: "M12 3.5l9 5-9 5-9-5zM3.5 12.5l8.5 4.7 8.5-4.7M3.5 16.3l8.5 4.7 8.5-4.7",
  measure: "M4 16L16 4l4 4L8 20zM7.2 12.8l1.8 1.8M10 10l2.6 2.6M12.8 7.2l1.8 1.8",
  undo: "M8 5L4 9l4 4M4 9h10a5.5 5.5 0 010 11h-3",
  bin: "M5 7h14M9.5 7V4.5h5V7M7 7l1 13h8l1-13",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  fold: "M18 6L8 16M8 9v7h7",
} as const;

export type Icon = keyof typeof PATHS;

/** An SVG element with attributes. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: { readonly [name: string]: string | number } = {},
  ...children: Node[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

export function icon(name: Icon): SVGSVGElement {
  const path = svg("path", { d: PATHS[name] });
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" }, path);
}
