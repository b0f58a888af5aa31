// node simplify.mjs IN OUT TARGET_FACES LARGEST_ERROR [FLAG...]: fewer triangles over the same
// vertices. LARGEST_ERROR is in units of the positions, 0 for none.
//
// IN : three little-endian uint32 (vertices, indices, numbers of attribute per vertex), then
//      positions as float32 x y z, attributes as float32, indices as uint32.
// OUT: one float32 (the error reached, in units of the positions), then indices as uint32.

import { readFileSync, writeFileSync } from "node:fs";
import { MeshoptSimplifier } from "meshoptimizer/simplifier";

const NO_LIMIT = 1e30;

await MeshoptSimplifier.ready;
const [source, target, faces, largest, ...flags] = process.argv.slice(2);
const file = readFileSync(source);
const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.length);
const [vertexCount, indexCount, width] = new Uint32Array(bytes, 0, 3);
const positions = new Float32Array(bytes, 12, vertexCount * 3);
const attributes = new Float32Array(bytes, 12 + vertexCount * 12, vertexCount * width);
const indices = new Uint32Array(bytes, 12 + vertexCount * 4 * (3 + width), indexCount);

const limits = [Number(faces) * 3, Number(largest) || NO_LIMIT, ["ErrorAbsolute", ...flags]];
const [kept, error] =
  width === 0
    ? MeshoptSimplifier.simplify(indices, positions, 3, ...limits)
    : MeshoptSimplifier.simplifyWithAttributes(
        ...[indices, positions, 3, attributes, width, Array(width).fill(1), null, ...limits],
      );
const head = Buffer.from(new Float32Array([error]).buffer);
writeFileSync(
  target,
  Buffer.concat([head, Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength)]),
);
