// node compress.mjs IN.glb OUT.glb: order for the vertex cache, then compress with meshopt.
//
// IN is a plain GLB of one primitive with quantised attributes, each in a view of its own with
// a byteStride that is a multiple of 4, and 32-bit indices. The uncompressed sizes are kept in
// a fallback buffer that has no bytes in the file, as EXT_meshopt_compression describes.

import { writeFileSync } from "node:fs";
import { MeshoptEncoder } from "meshoptimizer/encoder";
import { MESHOPT, concatenated, glbBytes, readGlb, viewBytes, viewLayout } from "./glb.mjs";

await MeshoptEncoder.ready;
const [source, target] = process.argv.slice(2);
const { document, blob } = readGlb(source);
const stored = document.bufferViews.map((view) => viewBytes(view, blob));
reorder();
const packed = compress();
writeFileSync(target, glbBytes(document, packed));

/** Triangles in cache order, vertices in the order of their first use: both compress better. */
function reorder() {
  const [primitive] = document.meshes[0].primitives;
  const faces = document.accessors[primitive.indices];
  const indices = new Uint32Array(stored[faces.bufferView].slice().buffer);
  const [remap, unique] = MeshoptEncoder.reorderMesh(indices, true, true);
  for (const accessorIndex of Object.values(primitive.attributes)) {
    const accessor = document.accessors[accessorIndex];
    const view = document.bufferViews[accessor.bufferView];
    const bytes = stored[accessor.bufferView];
    const moved = new Uint8Array(unique * view.byteStride);
    for (let i = 0; i < remap.length; i++) {
      if (remap[i] === 0xffffffff) continue; // no face uses this vertex
      const row = bytes.subarray(i * view.byteStride, (i + 1) * view.byteStride);
      moved.set(row, remap[i] * view.byteStride);
    }
    accessor.count = unique;
    view.byteLength = moved.length;
    stored[accessor.bufferView] = moved;
  }
  const narrow = unique < 65535; // 65535 itself would restart a primitive
  stored[faces.bufferView] = new Uint8Array((narrow ? Uint16Array.from(indices) : indices).buffer);
  faces.componentType = narrow ? 5123 : 5125;
  document.bufferViews[faces.bufferView].byteLength = stored[faces.bufferView].length;
}

/** Replace the views' bytes by compressed ones; returns the new binary chunk. */
function compress() {
  let plainSize = 0;
  const layouts = document.bufferViews.map((_, index) => viewLayout(document, index));
  const parts = layouts.map((layout, index) =>
    layout
      ? MeshoptEncoder.encodeGltfBuffer(stored[index], layout.count, layout.stride, layout.mode, 0)
      : stored[index],
  );
  const { bytes, offsets } = concatenated(parts);
  document.bufferViews.forEach((view, index) => {
    const layout = layouts[index];
    if (!layout) {
      view.byteOffset = offsets[index];
      return;
    }
    view.extensions = {
      [MESHOPT]: {
        buffer: 0,
        byteOffset: offsets[index],
        byteLength: parts[index].length,
        byteStride: layout.stride,
        count: layout.count,
        mode: layout.mode,
      },
    };
    view.buffer = 1;
    view.byteOffset = plainSize;
    plainSize += (view.byteLength + 3) & ~3;
  });
  document.buffers = [
    { byteLength: bytes.length },
    { byteLength: plainSize, extensions: { [MESHOPT]: { fallback: true } } },
  ];
  for (const list of ["extensionsUsed", "extensionsRequired"])
    document[list] = [...(document[list] ?? []), MESHOPT];
  return bytes;
}
