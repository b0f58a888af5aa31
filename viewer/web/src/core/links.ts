/**
 * Ways from one node to another: where their buttons stand, and what they are called.
 *
 * World frame: +X east, +Y up, -Z north. A heading is clockwise from -Z, a pitch grows upwards;
 * both in radians. Yaw and pitch in a panorama are as in `vtour.sphere`: 0 at the picture's middle,
 * yaw growing to the right.
 */

import { metresText } from "./format";
import { type ChosenText, type Language, textIn } from "./language";
import type { Node, Pose, WorldFrame } from "./manifest.gen";
import { nearestTurn } from "./orbit";
import { say, type StringKey } from "./strings";
import { anglesOf, rayOf, turned } from "./sphere";
import { add, clamp, distance, scale, sub, type Vec3 } from "./vector";

/** Where somebody looks. */
export interface Look {
  readonly heading: number;
  readonly pitch: number;
}

/** A way on from a node. */
export interface Way {
  /** The node that it leads to. */
  readonly to: Node;
  /** The spot on the ground below that node: where the button stands, in the world. */
  readonly point: Vec3;
  /** Towards that spot. */
  readonly look: Look;
  /** Towards the node itself, for words. */
  readonly bearing: Look;
  /** Length of the way; null where nobody knows it in metres. */
  readonly metres: number | null;
}

const DEGREE = Math.PI / 180;
/** A camera stands this high above the ground, in metres. */
const EYE = 1.6;
/** How far below the horizon a button stands where lengths are not in metres. */
const LYING = -12 * DEGREE;
/** Buttons stay between these: neither under the feet nor in the sky. */
const LOWEST = -40 * DEGREE;
const HIGHEST = -6 * DEGREE;
/** A node at least this far above is reached upwards: its button may stand so high. */
const CLIMB = 20 * DEGREE;
const HIGHEST_UP = 10 * DEGREE;
/** Steeper than this a way leads up or down, to no side. */
const STEEP = 60 * DEGREE;

/** The heading and pitch of a direction of any length; straight up and down have heading 0. */
export function lookAlong(direction: Vec3): Look {
  const { yaw, pitch } = anglesOf(direction);
  return { heading: yaw, pitch };
}

/** The unit vector of a look, in the world. */
export const directionOfLook = ({ heading, pitch }: Look): Vec3 => rayOf({ yaw: heading, pitch });

/** The ways on from a node, clockwise from north: an order that does not change with the view. */
export function waysOf(node: Node, nodes: readonly Node[], world: WorldFrame): Way[] {
  const metric = world.scale === "metric";
  const targets = new Set((node.links ?? []).map(({ to }) => to));
  targets.delete(node.id);
  const ways = nodes.filter(({ id }) => targets.has(id)).map((to) => wayBetween(node, to, metric));
  const turn = ({ look }: Way): number => (look.heading < 0 ? look.heading + 2 * Math.PI : look.heading);
  return ways.sort((a, b) => turn(a) - turn(b) || (a.to.id < b.to.id ? -1 : 1));
}

function wayBetween(from: Node, to: Node, metric: boolean): Way {
  const origin = from.pose.position;
  const away = sub(to.pose.position, origin);
  const long = distance(to.pose.position, origin);
  const { heading, pitch } = lookAlong(sub(away, [0, Math.min(EYE, long), 0]));
  const rise = lookAlong(away).pitch;
  const highest = rise > CLIMB ? HIGHEST_UP : HIGHEST;
  const lying = rise > CLIMB ? HIGHEST_UP : LYING;
  // Straight above, below or on the spot there is no side: the button stands in the picture's middle.
  const side = Math.hypot(away[0], away[2]) > 1e-6 * Math.max(long, 1e-9);
  const look = {
    heading: side ? heading : lookAlong(turned(from.pose.rotation, [0, 0, -1])).heading,
    pitch: long > 0 ? clamp(metric ? pitch : lying, LOWEST, highest) : LOWEST / 2,
  };
  const drawn = isDrawn(from.pose) || isDrawn(to.pose);
  return {
    to,
    look,
    point: add(origin, scale(directionOfLook(look), Math.max(long, 1e-3))),
    bearing: side ? lookAlong(away) : { heading: look.heading, pitch: Math.sign(away[1]) * (Math.PI / 2) },
    metres: metric && !drawn ? long : null,
  };
}

/** Whether a node was only drawn up in the order of the walk: its place means nothing. */
export const isDrawn = (pose: Pose): boolean => pose.placed_by === "order";

const SECTORS = [
  "ahead", "aheadRight", "toRight", "behindRight", "behindYou", "behindLeft", "toLeft", "aheadLeft",
] as const satisfies readonly StringKey[];

/** The word for a bearing as seen by somebody who looks along `heading`. */
export function directionWord(bearing: Look, heading: number): StringKey {
  if (Math.abs(bearing.pitch) > STEEP) return bearing.pitch > 0 ? "above" : "below";
  const eighth = Math.round(nearestTurn(bearing.heading - heading) / (45 * DEGREE));
  return SECTORS[(eighth + 8) % 8] as StringKey;
}

/** "12 m", "3,4 m": to two figures, since nobody paces out more; null where unknown. */
export const wayLength = (metres: number | null, language: Language): string | null =>
  metres === null ? null : metresText(Number(metres.toPrecision(2)), language);

/** "Sân trước, phía trước bên phải, 12 m": what a way is called by somebody who looks that way. */
export function wayName(way: Way, heading: number, language: Language): string {
  const word = say(directionWord(way.bearing, heading), language);
  const parts = [nodeName(way.to, language).text, word, wayLength(way.metres, language)];
  return parts.filter((part) => part).join(language === "zh-Hans" ? "，" : ", ");
}

/** The name of a node in a language, else its id made readable, in no language ("und"). */
export function nodeName(node: Pick<Node, "id" | "name">, language: Language): ChosenText {
  const chosen = textIn(node.name, language);
  return chosen?.text.trim() ? chosen : { text: readableId(node.id), lang: "und" };
}

/** "san-truoc" as "San truoc". */
export function readableId(id: string): string {
  const text = id.replace(/[-_.\s]+/g, " ").trim() || id;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * The order of the tab key: the way nearest to the middle of the view first, then clockwise.
 *
 * ways: as `waysOf` gives them. The first of an earlier order stays first until another is nearer
 * by 20 degrees, so that the order does not flicker; who turns it into elements leaves it alone
 * while one of them has the focus. Returns indices into `ways`.
 */
export function tabOrder(ways: readonly Way[], heading: number, before: readonly number[] = []): number[] {
  const off = (index: number): number => Math.abs(nearestTurn((ways[index] as Way).look.heading - heading));
  const all = ways.map((_, index) => index);
  const nearest = all.reduce((best, index) => (off(index) < off(best) - 1e-9 ? index : best), 0);
  const old = before[0];
  const keeps = old !== undefined && old < ways.length && off(old) < off(nearest) + 20 * DEGREE;
  const first = keeps ? old : nearest;
  return [...all.slice(first), ...all.slice(0, first)];
}
