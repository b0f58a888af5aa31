/** How points are drawn: round, as large as their spacing on the screen, cut off above a height. */

import { type IUniform, ShaderMaterial } from "three";
import { COVER } from "../core/point-limits";

/** What all tiles share; their values change with the view. */
export interface SharedUniforms {
  /** Device pixels of one metre one metre away; target, least and most size in device pixels. */
  readonly sizes: IUniform<[number, number, number, number]>;
  /** Points above this height of the world are left out. */
  readonly cut: IUniform<number>;
  [name: string]: IUniform;
}

export const NO_CUT = 1e30;

export const sharedUniforms = (): SharedUniforms => ({
  sizes: { value: [1, 1, 1, 1] },
  cut: { value: NO_CUT },
});

/** The size is that of `pointPixels` in core/point-limits.ts. */
const VERTEX = `
uniform vec4 sizes;
uniform float finest;
uniform float cut;
uniform float spacing;
uniform bool refined;
#if defined(COLOURED)
attribute vec3 color;
#elif defined(GREY)
attribute float _intensity;
#endif
varying vec3 tone;
varying vec2 ball;
void main() {
  #if defined(COLOURED)
  tone = color;
  #elif defined(GREY)
  tone = vec3(_intensity * GREY);
  #else
  tone = vec3(0.78);
  #endif
  vec4 inView = modelViewMatrix * vec4(position, 1.0);
  gl_Position = projectionMatrix * inView;
  float perMetre = sizes.x / max(-inView.z, 1e-6);
  float own = COVER * spacing * perMetre;
  float filled = COVER * max(finest * perMetre, sizes.y);
  gl_PointSize = clamp(refined ? min(own, filled) : own, sizes.z, sizes.w);
  ball = vec2(inView.z, 0.3 * gl_PointSize / perMetre);
  if ((modelMatrix * vec4(position, 1.0)).y > cut) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}`;

/**
 * A disc's rim lies behind its middle by a good half of its radius: where discs overlap, each place shows the point that
 * is nearest to it, not the one that was drawn last, and shading sees no steps between them.
 */
const FRAGMENT = `
uniform mat4 projectionMatrix;
varying vec3 tone;
varying vec2 ball;
void main() {
  vec2 off = gl_PointCoord - 0.5;
  float outwards = 4.0 * dot(off, off);
  if (outwards > 1.0) discard;
  float z = ball.x - ball.y * outwards;
  gl_FragDepth = 0.5 - 0.5 * (projectionMatrix[2][2] * z + projectionMatrix[3][2]) / z;
  gl_FragColor = vec4(tone, 1.0);
  #ifdef SRGB
  gl_FragColor = sRGBTransferEOTF(gl_FragColor);
  #endif
  #include <colorspace_fragment>
}`;

/** What a tile's points carry. */
export interface PointColours {
  /** "linear": as glTF says; "srgb": as files of scanners and the older pnts tiles. */
  readonly colour: "linear" | "srgb" | null;
  /** What makes a stored intensity a share of one; null: there is none. */
  readonly intensityUnit: number | null;
}

/** What a tile shares with those of its tileset, too. */
export interface TilesetUniforms extends SharedUniforms {
  /** The spacing of the finest tiles, in units of the world. */
  readonly finest: IUniform<number>;
}

/** The material of one tile: its own uniforms beside the shared ones, one program for all. */
export function pointMaterial(shared: TilesetUniforms, { colour, intensityUnit }: PointColours): ShaderMaterial {
  const defines: { [name: string]: string } = { COVER: COVER.toFixed(6) };
  if (colour) defines.COLOURED = "";
  else if (intensityUnit !== null) defines.GREY = intensityUnit.toExponential();
  // Grey tones are told as they shall look.
  if (colour !== "linear") defines.SRGB = "";
  return new ShaderMaterial({
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    defines,
    uniforms: { ...shared, spacing: { value: 1 }, refined: { value: false } },
  });
}
