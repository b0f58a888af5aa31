/**
 * The sphere of one panorama: the whole in a small picture, and tiles over it, finer over coarser.
 *
 * It is drawn around the camera, over all else, at any distance. The finest picture of a place is
 * drawn first and marks it in the stencil buffer, so that coarser ones are drawn only where there
 * is nothing finer: nothing is drawn twice, and a sphere that is half transparent is so evenly.
 * The pixels' directions are turned into angles by the fragment shader: the pictures lie right to
 * a fraction of a pixel, poles included, however coarse the meshes are.
 */

import {
  BufferAttribute,
  BufferGeometry,
  ClampToEdgeWrapping,
  Group,
  LinearFilter,
  LinearMipmapLinearFilter,
  Mesh,
  NoColorSpace,
  NotEqualStencilFunc,
  ReplaceStencilOp,
  ShaderMaterial,
  Texture,
} from "three";
import type { Quaternion } from "../core/sphere";
import { areaOf } from "../core/tiles";

/** The angle between two lines of a mesh is at most this, radians. */
const STEP = Math.PI / 32;

const VERTEX = `
varying vec3 ray;
void main() {
  ray = position;
  vec3 inWorld = mat3(modelMatrix) * position;
  gl_Position = projectionMatrix * vec4(mat3(viewMatrix) * inWorld, 1.0);
  gl_Position.z = 0.0; // never cut off by the near and far planes
}`;

/** area: yaw of the middle as cosine and sine, width and height in radians; top: pitch of its edge. */
const FRAGMENT = `
uniform sampler2D map;
uniform vec4 area;
uniform float top;
uniform float opacity;
varying vec3 ray;
void main() {
  float aside = ray.x * area.x + ray.z * area.y;
  float ahead = ray.x * area.y - ray.z * area.x;
  float yaw = atan(aside, ahead);
  float pitch = atan(ray.y, length(ray.xz));
  vec2 place = vec2(yaw / area.z + 0.5, (top - pitch) / area.w);
  gl_FragColor = vec4(texture2D(map, place).rgb, opacity);
}`;

/** The part of a sphere that a picture covers: a level's grid and a place in it. */
export interface Patch {
  /** 0 for the preview, 1 for the base, 2 and more for tiles: what is finer is larger. */
  readonly rank: number;
  readonly col: number;
  readonly row: number;
  readonly cols: number;
  readonly rows: number;
}

const MOST_RANKS = 20;

export class Sphere {
  readonly group = new Group();
  readonly #meshes = new Map<string, Mesh<BufferGeometry, ShaderMaterial>>();
  #opacity = 1;

  constructor(
    rotation: Quaternion,
    /** Its number, from 1: the sphere with the larger lies on top. */
    private readonly layer: number,
  ) {
    this.group.quaternion.set(...rotation);
    this.group.updateMatrixWorld(true);
  }

  set opacity(opacity: number) {
    this.#opacity = opacity;
    this.group.visible = opacity > 0;
    for (const { material } of this.#meshes.values()) material.uniforms.opacity!.value = opacity;
  }

  get opacity(): number {
    return this.#opacity;
  }

  has(key: string): boolean {
    return this.#meshes.has(key);
  }

  get keys(): string[] {
    return [...this.#meshes.keys()];
  }

  add(key: string, texture: Texture, patch: Patch): void {
    this.remove(key);
    const mesh = new Mesh(patchGeometry(patch), this.#material(texture, patch));
    mesh.frustumCulled = false;
    mesh.renderOrder = this.layer * MOST_RANKS + (MOST_RANKS - 1 - patch.rank);
    this.#meshes.set(key, mesh);
    this.group.add(mesh);
  }

  /** Takes a picture away; its texture is its owner's to free. */
  remove(key: string): void {
    const mesh = this.#meshes.get(key);
    if (!mesh) return;
    this.#meshes.delete(key);
    mesh.removeFromParent();
    mesh.geometry.dispose();
    mesh.material.dispose();
  }

  dispose(): void {
    for (const key of this.keys) this.remove(key);
    this.group.removeFromParent();
  }

  #material(texture: Texture, patch: Patch): ShaderMaterial {
    const { yaw, top, width, height } = areaOf(patch, patch);
    return new ShaderMaterial({
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      uniforms: {
        map: { value: texture },
        area: { value: [Math.cos(yaw), Math.sin(yaw), width, height] },
        top: { value: top },
        opacity: { value: this.#opacity },
      },
      transparent: true,
      depthTest: false,
      depthWrite: false,
      side: 2,
      stencilWrite: true,
      stencilFunc: NotEqualStencilFunc,
      // The buffer is cleared to 0 and holds a byte; of two spheres on show the marks differ.
      stencilRef: 1 + (this.layer % 255),
      stencilZPass: ReplaceStencilOp,
    });
  }
}

/** A curved grid, one unit around the camera. */
function patchGeometry({ col, row, cols, rows }: Patch): BufferGeometry {
  const { yaw, top, width, height } = areaOf({ col, row }, { cols, rows });
  const across = Math.max(Math.ceil(width / STEP - 1e-6), 2);
  const down = Math.max(Math.ceil(height / STEP - 1e-6), 2);
  const points = new Float32Array((across + 1) * (down + 1) * 3);
  const faces: number[] = [];
  for (let j = 0; j <= down; j++) {
    for (let i = 0; i <= across; i++) {
      const [y, p] = [yaw + (i / across - 0.5) * width, top - (j / down) * height];
      const at = j * (across + 1) + i;
      points.set([Math.cos(p) * Math.sin(y), Math.sin(p), -Math.cos(p) * Math.cos(y)], at * 3);
      if (i === across || j === down) continue;
      const below = at + across + 1;
      faces.push(at, below, at + 1, at + 1, below, below + 1);
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(points, 3));
  geometry.setIndex(faces);
  return geometry;
}

/**
 * A picture as a texture whose bytes reach the screen as they are.
 *
 * fine: with mipmaps, for tiles; what is always magnified needs none.
 */
export function textureOf(bitmap: ImageBitmap, fine: boolean, anisotropy: number): Texture {
  const texture = new Texture(bitmap);
  texture.flipY = false;
  texture.colorSpace = NoColorSpace;
  texture.wrapS = texture.wrapT = ClampToEdgeWrapping;
  texture.generateMipmaps = fine;
  texture.minFilter = fine ? LinearMipmapLinearFilter : LinearFilter;
  texture.magFilter = LinearFilter;
  if (fine) texture.anisotropy = anisotropy;
  texture.needsUpdate = true;
  return texture;
}
