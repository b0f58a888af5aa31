/**
 * Eye-dome lighting: edges in depth are darkened, so that a cloud without shadows looks solid.
 *
 * Boucheny, Interactive Scientific Visualization of Large Datasets, 2009, chapter 3. The points are
 * drawn once more into a picture of their depths, behind the model's, and that darkens the frame:
 * the colours of the frame, its edges and the model stay as they are. Points over a half-float copy
 * of the frame would cost its smooth edges and 12 bytes a pixel more.
 */

import {
  type Camera,
  CustomBlending,
  DepthTexture,
  Mesh,
  MeshBasicMaterial,
  NearestFilter,
  OrthographicCamera,
  type PerspectiveCamera,
  PlaneGeometry,
  type Scene,
  ShaderMaterial,
  SrcColorFactor,
  WebGLRenderTarget,
  type WebGLRenderer,
  ZeroFactor,
} from "three";

/** The layer of three.js that points are in besides the first. */
export const POINT_LAYER = 1;

const STRENGTH = 0.9;
/** How far the neighbours are that a pixel is compared with, CSS pixels. */
const REACH = 1.2;

const VERTEX = `
varying vec2 place;
void main() {
  place = uv;
  gl_Position = vec4(position.xy, 0.0, 1.0);
}`;

const FRAGMENT = `
uniform sampler2D mask;
uniform sampler2D depths;
uniform vec2 pixel;
uniform vec2 range;
uniform float strength;
varying vec2 place;
#define BULGE 0.0015 // the discs' own form is no edge
float logDepth(vec2 at) {
  float z = texture2D(depths, at).x;
  return log2(range.x * range.y / (range.y - z * (range.y - range.x)));
}
void main() {
  if (texture2D(mask, place).a < 0.5) discard;
  float here = logDepth(place);
  float sum = 0.0;
  for (int i = 0; i < 8; i++) {
    float angle = float(i) * 0.785398;
    float step = here - logDepth(place + pixel * vec2(cos(angle), sin(angle)));
    sum += clamp(step - BULGE, 0.0, 0.02);
  }
  gl_FragColor = vec4(vec3(max(exp(-sum * 12.0 * strength), 0.25)), 1.0);
}`;

export class EyeDome {
  #target: WebGLRenderTarget | null = null;
  readonly #hidden = new MeshBasicMaterial({ colorWrite: false });
  readonly #material = new ShaderMaterial({
    vertexShader: VERTEX,
    fragmentShader: FRAGMENT,
    uniforms: {
      mask: { value: null },
      depths: { value: null },
      pixel: { value: [0, 0] },
      range: { value: [0.1, 1000] },
      strength: { value: STRENGTH },
    },
    depthTest: false,
    depthWrite: false,
    transparent: true,
    blending: CustomBlending,
    blendSrc: ZeroFactor,
    blendDst: SrcColorFactor,
  });
  readonly #screen = new Mesh(new PlaneGeometry(2, 2), this.#material);
  readonly #flat = new OrthographicCamera(-1, 1, 1, -1, 0, 1);

  /** Darkens the frame that was just drawn; width and height are CSS pixels. */
  draw(
    renderer: WebGLRenderer,
    scene: Scene,
    camera: PerspectiveCamera,
    { width, height }: { width: number; height: number },
  ): void {
    const ratio = renderer.getPixelRatio();
    const target = this.#targetOf(Math.round(width * ratio), Math.round(height * ratio));
    this.#drawDepths(renderer, scene, camera, target);
    const { uniforms } = this.#material;
    uniforms.mask!.value = target.texture;
    uniforms.depths!.value = target.depthTexture;
    uniforms.pixel!.value = [REACH / width, REACH / height];
    uniforms.range!.value = [camera.near, camera.far];
    renderer.render(this.#screen, this.#flat as Camera);
    renderer.autoClear = true;
  }

  dispose(): void {
    this.#target?.dispose();
    this.#target = null;
    this.#material.dispose();
    this.#hidden.dispose();
    this.#screen.geometry.dispose();
  }

  /** Leaves autoClear off: what follows is drawn over the frame. */
  #drawDepths(renderer: WebGLRenderer, scene: Scene, camera: PerspectiveCamera, target: WebGLRenderTarget): void {
    renderer.setRenderTarget(target);
    renderer.clear();
    renderer.autoClear = false;
    scene.overrideMaterial = this.#hidden;
    camera.layers.set(0);
    renderer.render(scene, camera);
    scene.overrideMaterial = null;
    camera.layers.set(POINT_LAYER);
    renderer.render(scene, camera);
    camera.layers.set(0);
    camera.layers.enable(POINT_LAYER);
    renderer.setRenderTarget(null);
  }

  #targetOf(width: number, height: number): WebGLRenderTarget {
    if (this.#target?.width === width && this.#target.height === height) return this.#target;
    this.#target?.dispose();
    const depthTexture = new DepthTexture(width, height);
    this.#target = new WebGLRenderTarget(width, height, {
      depthTexture,
      minFilter: NearestFilter,
      magFilter: NearestFilter,
      generateMipmaps: false,
    });
    return this.#target;
  }
}
