// node simplify.mjs IN OUT TARGET_FACES LARGEST_ERROR [FLAG...]: fewer triangles over the same
// vertices. LARGEST_ERROR is in units of the positions, 0 for none.
//
// IN : four little-endian uint32 (vertices, indices, numbers of attribute per vertex, locks), then
//      positions as float32 x y z, attributes as float32, indices as uint32, and when there are
//      locks a byte for each vertex: 1 where it must stay.
// OUT: one float32 (the error reached, in units of the positions), then indices as uint32.

import { readFileSync, writeFileSync } from "node:fs";
import { MeshoptSimplifier } from "meshoptimizer/simplifier";

const NO_LIMIT = 1e30;

await MeshoptSimplifier.ready;
const [source, target, faces, largest, ...flags] = process.argv.slice(2);
const file = readFileSync(source);
const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.length);
const [vertexCount, indexCount, width, locks] = new Uint32Array(bytes, 0, 4);
const positions = new Float32Array(bytes, 16, vertexCount * 3);
const attributes = new Float32Array(bytes, 16 + vertexCount * 12, vertexCount * width);
const indexStart = 16 + vertexCount * 4 * (3 + width);
const indices = new Uint32Array(bytes, indexStart, indexCount);
const lock = locks ? new Uint8Array(bytes, indexStart + indexCount * 4, vertexCount) : null;

const limits = [Number(faces) * 3, Number(largest) || NO_LIMIT, ["ErrorAbsolute", ...flags]];
const [kept, error] =
  width === 0 && !lock
    ? MeshoptSimplifier.simplify(indices, positions, 3, ...limits)
    : MeshoptSimplifier.simplifyWithAttributes(
        ...[indices, positions, 3, attributes, width, Array(width).fill(1), lock, ...limits],
      );
const head = Buffer.from(new Float32Array([error]).buffer);
writeFileSync(
  target,
  Buffer.concat([head, Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength)]),
);
