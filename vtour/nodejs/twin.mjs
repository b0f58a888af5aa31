// The plain twin of a document compressed with meshopt: the same content in plain views.

import { MeshoptDecoder } from "meshoptimizer/decoder";
import { MESHOPT, concatenated, viewBytes } from "./glb.mjs";

const MAX_BYTES = 2 ** 31; // of one view; ours have a few million

/** [document, blob] with every view decoded; the document given is changed. */
export async function plainTwin(document, blob) {
  await MeshoptDecoder.ready;
  const views = document.bufferViews ?? [];
  const parts = views.map((view) => expanded(view, blob));
  const { bytes, offsets } = concatenated(parts);
  views.forEach((view, index) => {
    Object.assign(view, { buffer: 0, byteOffset: offsets[index], byteLength: parts[index].length });
    for (const name of MESHOPT) delete view.extensions?.[name];
    if (view.extensions && Object.keys(view.extensions).length === 0) delete view.extensions;
  });
  document.buffers = [{ byteLength: bytes.length }];
  for (const list of ["extensionsUsed", "extensionsRequired"]) {
    document[list] = (document[list] ?? []).filter((name) => !MESHOPT.includes(name));
    if (document[list].length === 0) delete document[list];
  }
  return [document, bytes];
}

function expanded(view, blob) {
  const packed = MESHOPT.map((name) => view.extensions?.[name]).find(Boolean);
  if (!packed) return viewBytes(view, blob);
  const { count, byteStride, mode, filter } = packed;
  const size = count * byteStride;
  if (size !== view.byteLength) throw new Error("a compressed view of another size than it says");
  if (!(size <= MAX_BYTES)) throw new Error(`a compressed view of ${size} bytes`);
  const plain = new Uint8Array(size);
  const bytes = viewBytes(packed, blob);
  MeshoptDecoder.decodeGltfBuffer(plain, count, byteStride, bytes, mode, filter);
  return plain;
}
