/**
 * Directions on the sphere of a panorama, and in the world around it.
 *
 * Frame pano: +X right, +Y up, -Z forward; yaw 0 is the middle of the picture and grows to the
 * right, pitch grows upwards. In the world the same angles are the heading, clockwise from -Z, and
 * the pitch. All in radians.
 */

import type { Vec3 } from "./vector";

/** A rotation as x, y, z, w. */
export type Quaternion = readonly [number, number, number, number];

export interface Angles {
  readonly yaw: number;
  readonly pitch: number;
}

/** The unit vector of a direction. */
export function rayOf({ yaw, pitch }: Angles): Vec3 {
  const level = Math.cos(pitch);
  return [level * Math.sin(yaw), Math.sin(pitch), -level * Math.cos(yaw)];
}

/** The direction of a vector of any length; straight up and down have yaw 0. */
export function anglesOf([x, y, z]: Vec3): Angles {
  const level = Math.hypot(x, z);
  return { yaw: level > 0 ? Math.atan2(x, -z) : 0, pitch: Math.atan2(y, level) };
}

/** The vector turned by a unit quaternion. */
export function turned([qx, qy, qz, qw]: Quaternion, [x, y, z]: Vec3): Vec3 {
  const tx = 2 * (qy * z - qz * y);
  const ty = 2 * (qz * x - qx * z);
  const tz = 2 * (qx * y - qy * x);
  return [
    x + qw * tx + qy * tz - qz * ty,
    y + qw * ty + qz * tx - qx * tz,
    z + qw * tz + qx * ty - qy * tx,
  ];
}

export const inverse = ([x, y, z, w]: Quaternion): Quaternion => [-x, -y, -z, w];

/** Of length 1; no turn at all for what is none. */
export function normal(rotation: Quaternion): Quaternion {
  const size = Math.hypot(...rotation);
  if (!(size > 1e-9)) return [0, 0, 0, 1];
  return rotation.map((part) => part / size) as unknown as Quaternion;
}

/** Heading and pitch in the world of a direction in a panorama. */
export const worldFromPano = (rotation: Quaternion, angles: Angles): Angles =>
  anglesOf(turned(rotation, rayOf(angles)));

/** Yaw and pitch in a panorama of a direction in the world. */
export const panoFromWorld = (rotation: Quaternion, angles: Angles): Angles =>
  anglesOf(turned(inverse(rotation), rayOf(angles)));
