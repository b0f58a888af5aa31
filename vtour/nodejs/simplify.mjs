// node simplify.mjs IN OUT TARGET_FACES MAX_ERROR: fewer triangles over the same vertices.
//
// IN : two little-endian uint32 (vertices, indices), positions as float32 x y z, indices as uint32.
// OUT: one float32 (the error reached, in units of the positions), then indices as uint32.

import { readFileSync, writeFileSync } from "node:fs";
import { MeshoptSimplifier } from "meshoptimizer/simplifier";

await MeshoptSimplifier.ready;
const [source, target, faces, maxError] = process.argv.slice(2);
const file = readFileSync(source);
const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.length);
const [vertexCount, indexCount] = new Uint32Array(bytes, 0, 2);
const positions = new Float32Array(bytes, 8, vertexCount * 3);
const indices = new Uint32Array(bytes, 8 + vertexCount * 12, indexCount);

const [kept, error] = MeshoptSimplifier.simplify(
  indices,
  positions,
  3,
  Number(faces) * 3,
  Number(maxError),
  ["ErrorAbsolute", "Prune"],
);
writeFileSync(target, Buffer.from(new Float32Array([error]).buffer));
writeFileSync(target, Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength), { flag: "a" });
