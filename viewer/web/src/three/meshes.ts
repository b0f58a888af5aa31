/** What is on the stage of a model: its meshes, their materials and textures, and how they are let go. */

import { DirectionalLight, type Group, HemisphereLight, type Material, type Mesh, type Object3D, Texture } from "three";

export interface LoadedModel {
  /** Its own transform is world_from_model. */
  readonly root: Group;
  readonly faces: number;
  /** Light falls on it: photogrammetry is unlit, its light is in the photos. */
  readonly lit: boolean;
}

/** For what others made, which may be lit. */
export function lights(): Object3D[] {
  const sun = new DirectionalLight(0xffffff, 1.8);
  sun.position.set(0.6, 1, 0.8);
  return [new HemisphereLight(0xffffff, 0x8c8880, 1.9), sun];
}

/** Frees what a model holds on the GPU. */
export function disposeModel(model: LoadedModel): void {
  for (const mesh of meshesOf(model.root)) {
    mesh.geometry.dispose();
    for (const texture of texturesOf(mesh)) {
      texture.dispose();
      const image: unknown = texture.image;
      if (typeof ImageBitmap !== "undefined" && image instanceof ImageBitmap) image.close();
    }
    for (const material of materialsOf(mesh)) material.dispose();
  }
  model.root.removeFromParent();
}

/** How far what an object shows is from the master, in units of the world; null: not known. */
export const errors = new WeakMap<Object3D, number | null>();

/** Layer of what is there, and not drawn. */
export const HIDDEN_LAYER = 31;

export const facesOf = (root: Object3D): number =>
  meshesOf(root).reduce((sum, { geometry: { index, attributes } }) =>
    sum + Math.floor((index?.count ?? attributes.position?.count ?? 0) / 3), 0);

export function meshesOf(root: Object3D): Mesh[] {
  const meshes: Mesh[] = [];
  root.traverse((node) => {
    if ((node as Mesh).isMesh) meshes.push(node as Mesh);
  });
  return meshes;
}

export const materialsOf = (mesh: Mesh): Material[] =>
  Array.isArray(mesh.material) ? mesh.material : [mesh.material];

/** Every texture of a mesh's materials. */
export function texturesOf(mesh: Mesh): Texture[] {
  const values: unknown[] = materialsOf(mesh).flatMap((material) => Object.values(material));
  return values.filter((value): value is Texture => value instanceof Texture);
}
