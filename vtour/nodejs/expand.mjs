// node expand.mjs IN.glb OUT.glb: the plain twin of a GLB compressed with meshopt.
//
// The Khronos validator cannot look inside compressed views; it can inside the twin.

import { MeshoptDecoder } from "meshoptimizer/decoder";
import { MESHOPT, concatenated, readGlb, viewBytes, writeGlb } from "./glb.mjs";

await MeshoptDecoder.ready;
const [source, target] = process.argv.slice(2);
const { document, blob } = readGlb(source);
const parts = document.bufferViews.map((view) => expanded(view));
const { bytes, offsets } = concatenated(parts);
document.bufferViews.forEach((view, index) => {
  Object.assign(view, { buffer: 0, byteOffset: offsets[index], byteLength: parts[index].length });
  delete view.extensions?.[MESHOPT];
  if (view.extensions && Object.keys(view.extensions).length === 0) delete view.extensions;
});
document.buffers = [{ byteLength: bytes.length }];
for (const list of ["extensionsUsed", "extensionsRequired"]) {
  document[list] = (document[list] ?? []).filter((name) => name !== MESHOPT);
  if (document[list].length === 0) delete document[list];
}
writeGlb(target, document, bytes);

function expanded(view) {
  const packed = view.extensions?.[MESHOPT];
  if (!packed) return viewBytes(view, blob);
  const { count, byteStride, mode, filter } = packed;
  if (count * byteStride !== view.byteLength) throw new Error("a compressed view lies of its size");
  const plain = new Uint8Array(count * byteStride);
  const bytes = viewBytes(packed, blob);
  MeshoptDecoder.decodeGltfBuffer(plain, count, byteStride, bytes, mode, filter);
  return plain;
}
