/** Where a tour begins. */

import type { Place, Standpoint } from "./link";
import type { Tour } from "./manifest.gen";
import { anglesOf, normal, panoFromWorld } from "./sphere";
import { distance, sub } from "./vector";

const DEGREE = Math.PI / 180;

/** Whether there is something to go around: a model or points. */
export const hasScene = ({ models, points }: Tour): boolean => Boolean(models?.length || points?.length);

/**
 * The node to begin in and where to look there; null: at the model.
 *
 * It is the node of the link, unless the link names a camera at the model; else the one of the
 * manifest's start, looking towards its target; else the first.
 */
export function firstNode(tour: Tour, place: Place): Standpoint | null {
  const nodes = tour.nodes ?? [];
  const linked = nodes.find(({ id }) => id === place.node?.node);
  if (linked && place.node) return place.node;
  if (nodes.length === 0 || (place.view && hasScene(tour))) return null;
  const { start } = tour;
  const node = nodes.find(({ id }) => id === start?.node) ?? nodes[0];
  if (!node) return null;
  const ahead = { node: node.id, yaw: 0, pitch: 0, fov: null };
  if (!start || distance(start.target, node.pose.position) < 1e-6) return ahead;
  const inWorld = anglesOf(sub(start.target, node.pose.position));
  const { yaw, pitch } = panoFromWorld(normal(node.pose.rotation), inWorld);
  return { ...ahead, yaw: yaw / DEGREE, pitch: pitch / DEGREE };
}
