// node tile_worker.mjs: simplifies meshes and encodes their triangles, one job for each line of stdin.
//
// A line is JSON: {job, in, out, ...}. Arrays lie in the file `in` and the result in the file `out`,
// little-endian, one after the other. The answer is a line: {} or {"error": why}.
//
// simplify {vertices, indices, width, faces, flags}
//   in : positions float32 x y z, attributes float32, 1 byte a vertex that must stay (padded to 4),
//        indices uint32.     out : the indices that are left, uint32.
// encode {vertices, indices}
//   in : indices uint32.     out : uint32 vertices left, uint32 bytes of indices, the new place of
//        each vertex (uint32, 0xffffffff: unused), the indices compressed as EXT_meshopt_compression
//        has them: 16 bits when fewer than 65535 vertices, else 32.

import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { MeshoptEncoder } from "meshoptimizer/encoder";
import { MeshoptSimplifier } from "meshoptimizer/simplifier";

const NO_LIMIT = 1e30;
const RESTART = 65535; // as an index it would begin a new strip

const jobs = { simplify, encode };

await Promise.all([MeshoptEncoder.ready, MeshoptSimplifier.ready]);
for await (const line of createInterface({ input: process.stdin })) {
  let answer = {};
  try {
    const job = JSON.parse(line);
    writeFileSync(job.out, jobs[job.job](job, readFileSync(job.in)));
  } catch (error) {
    answer = { error: String(error?.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function simplify({ vertices, indices, width, faces, flags }, file) {
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.length);
  const positions = new Float32Array(bytes, 0, vertices * 3);
  const attributes = new Float32Array(bytes, vertices * 12, vertices * width);
  const start = vertices * 4 * (3 + width);
  const locked = new Uint8Array(bytes, start, vertices);
  const corners = new Uint32Array(bytes, start + ((vertices + 3) & ~3), indices);
  const [kept] = MeshoptSimplifier.simplifyWithAttributes(
    ...[corners, positions, 3, attributes, width, Array(width).fill(1), locked],
    ...[faces * 3, NO_LIMIT, flags],
  );
  return new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength);
}

function encode({ vertices, indices }, file) {
  const corners = new Uint32Array(indices);
  corners.set(new Uint32Array(file.buffer.slice(file.byteOffset, file.byteOffset + indices * 4)));
  const [remap, unique] = MeshoptEncoder.reorderMesh(corners, true, true);
  const narrow = unique < RESTART;
  const stored = narrow ? Uint16Array.from(corners) : corners;
  const packed = MeshoptEncoder.encodeGltfBuffer(
    new Uint8Array(stored.buffer),
    ...[indices, narrow ? 2 : 4, "TRIANGLES", 0],
  );
  const places = new Uint32Array(vertices).fill(0xffffffff);
  places.set(remap.subarray(0, Math.min(remap.length, vertices)));
  const head = new Uint32Array([unique, packed.length]);
  return Buffer.concat([head, places, packed].map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
}
