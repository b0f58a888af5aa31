/** One derivative of a model, read from a GLB. */

import { Group, type Mesh, type Object3D, Vector3, type WebGLRenderer } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { MeshoptDecoder } from "three/addons/libs/meshopt_decoder.module.js";
import { Problem } from "../core/problem";
import { errors, facesOf, type LoadedModel, materialsOf, meshesOf, texturesOf } from "./meshes";
import type { Stage } from "./stage";

const GLB_MAGIC = 0x46546c67;

/**
 * Reads a GLB. error: how far its surface is from the master's, in units of the world; null: not known.
 *
 * Raises Problem("model-broken") for bytes that are no whole GLB 2.0 or that three cannot read, and
 * Problem("model-unsupported") for a GLB that requires what this viewer does not know.
 */
export async function readModel(
  glb: ArrayBuffer,
  worldFromModel: readonly number[],
  { anisotropy, renderer }: Stage,
  error: number | null,
): Promise<LoadedModel> {
  checkHeader(glb);
  const loader = await loaderFor(glb, renderer);
  const gltf = await loader.parseAsync(glb, "").catch((reason: unknown) => {
    throw new Problem("model-broken", String(reason));
  });
  const root = new Group();
  root.add(gltf.scene);
  root.matrixAutoUpdate = false;
  root.matrix.fromArray(worldFromModel);
  root.updateMatrixWorld(true);
  const faces = facesOf(root);
  for (const texture of meshesOf(root).flatMap(texturesOf)) texture.anisotropy = anisotropy;
  errors.set(root, error);
  if (faces === 0) throw new Problem("model-broken", "the GLB holds no triangles");
  return { root, faces, lit: meshesOf(root).some(isLit) };
}

/** Extensions that most files have: the loader needs nothing more for them. */
const USUAL = /_(materials_\w+|mesh_quantization|meshopt_compression|texture_(transform|webp|avif))$/;

/** What other files need comes in a chunk of its own. Raises Problem. */
async function loaderFor(glb: ArrayBuffer, renderer: WebGLRenderer): Promise<GLTFLoader> {
  const loader = new GLTFLoader().setMeshoptDecoder(MeshoptDecoder);
  const json = extensionsOf(glb);
  if (json.extensionsUsed?.some((name) => !USUAL.test(name)))
    await importMore().then(({ prepare }) => prepare(loader, json, renderer));
  return loader;
}

const importMore = () =>
  import("./more-formats").catch((reason: unknown) => {
    throw new Problem("network", String(reason));
  });

/** The extensions that a glTF names. */
export interface Extensions {
  readonly extensionsUsed?: readonly string[];
  readonly extensionsRequired?: readonly string[];
}

function extensionsOf(glb: ArrayBuffer): Extensions {
  try {
    const json = new Uint8Array(glb, 20, new DataView(glb).getUint32(12, true));
    return JSON.parse(new TextDecoder().decode(json)) as Extensions;
  } catch (reason) {
    throw new Problem("model-broken", String(reason));
  }
}

function checkHeader(glb: ArrayBuffer): void {
  const head = new DataView(glb);
  const whole = glb.byteLength >= 12 && head.getUint32(0, true) === GLB_MAGIC;
  if (!whole || head.getUint32(8, true) > glb.byteLength)
    throw new Problem("model-broken", `${glb.byteLength} bytes: expected a whole GLB`);
}

const isLit = (mesh: Mesh): boolean =>
  materialsOf(mesh).some((material) => material.type !== "MeshBasicMaterial");

/** The corners of all triangles in the world: nine numbers each. */
export const trianglesOf = ({ root }: LoadedModel): Float32Array => trianglesIn(root);

/** The same of any object; its place in the world must be known. */
export function trianglesIn(root: Object3D): Float32Array {
  const corners = new Float32Array(facesOf(root) * 9);
  const point = new Vector3();
  let next = 0;
  for (const mesh of meshesOf(root)) {
    const { index, attributes } = mesh.geometry;
    const position = attributes.position;
    if (!position) continue;
    const count = Math.floor((index?.count ?? position.count) / 3) * 3;
    for (let i = 0; i < count; i++) {
      // fromBufferAttribute undoes the quantisation of KHR_mesh_quantization.
      point.fromBufferAttribute(position, index ? index.getX(i) : i).applyMatrix4(mesh.matrixWorld);
      point.toArray(corners, next);
      next += 3;
    }
  }
  return corners;
}
