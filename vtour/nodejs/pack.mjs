// node pack.mjs IN OUT: streams of vertices and indices, compressed with meshopt.
//
// IN  : a little-endian uint32, the length of a JSON text; the text; the streams' bytes, one after
//       the other. The text is {version, streams: [{mode, stride, length}],
//       meshes: [{indices, attributes: [stream, ...]}]}; version 0 is that of
//       EXT_meshopt_compression, 1 that of KHR_meshopt_compression. Indices of a mesh have 32 bits.
// OUT : the same form; the text is [{length, stride, count, mode, plain}], plain being the length
//       before compression.
//
// The meshes' triangles are put in the order of the vertex cache, and their vertices in the order
// of their first use; vertices that no face uses are left out, indices become 16 bits where that
// is enough. Streams that no mesh names are left in their order.

import { readFileSync, writeFileSync } from "node:fs";
import { MeshoptEncoder } from "meshoptimizer/encoder";

const RESTART = 65535; // the 16-bit index that would begin a new primitive
const BEST_LEVEL = 3;

await MeshoptEncoder.ready;
const [source, target] = process.argv.slice(2);
const { version, streams, meshes } = readPlan();
meshes.forEach(reorder);
const packed = streams.map(compressed);
const text = Buffer.from(JSON.stringify(packed.map(({ bytes, ...rest }) => rest)));
const head = Buffer.alloc(4);
head.writeUInt32LE(text.length);
writeFileSync(target, Buffer.concat([head, text, ...packed.map(({ bytes }) => bytes)]));

function readPlan() {
  const file = readFileSync(source);
  const start = 4 + file.readUInt32LE(0);
  const plan = JSON.parse(file.toString("utf8", 4, start));
  let offset = start;
  for (const stream of plan.streams) {
    stream.bytes = new Uint8Array(file.subarray(offset, offset + stream.length)); // aligned
    offset += stream.length;
  }
  return plan;
}

function reorder({ indices, attributes }) {
  const order = new Uint32Array(streams[indices].bytes.buffer);
  const [remap, unique] = MeshoptEncoder.reorderMesh(order, true, true);
  for (const attribute of attributes) {
    const { bytes, stride } = streams[attribute];
    const moved = new Uint8Array(unique * stride);
    for (let i = 0; i < remap.length; i++) {
      if (remap[i] === 0xffffffff) continue; // no face uses this vertex
      moved.set(bytes.subarray(i * stride, (i + 1) * stride), remap[i] * stride);
    }
    streams[attribute].bytes = moved;
  }
  if (unique > RESTART) return;
  streams[indices].bytes = new Uint8Array(Uint16Array.from(order).buffer);
  streams[indices].stride = 2;
}

function compressed({ bytes, stride, mode }) {
  const count = bytes.length / stride;
  const encoded =
    mode === "ATTRIBUTES"
      ? MeshoptEncoder.encodeVertexBufferLevel(bytes, count, stride, BEST_LEVEL, version)
      : MeshoptEncoder.encodeGltfBuffer(bytes, count, stride, mode, version);
  return { length: encoded.length, stride, count, mode, plain: bytes.length, bytes: encoded };
}
