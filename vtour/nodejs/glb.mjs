// The GLB container, and the extension that compresses its buffer views.

import { readFileSync } from "node:fs";

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const BIN_CHUNK = 0x004e4942;

export const MESHOPT = ["EXT_meshopt_compression", "KHR_meshopt_compression"];

/** The JSON document and the binary chunk of a GLB file. */
export function readGlb(path) {
  const whole = readFileSync(path);
  if (whole.length < 20 || whole.readUInt32LE(0) !== MAGIC) throw new Error("not a GLB file");
  const file = whole.subarray(0, whole.readUInt32LE(8)); // what follows is not part of it
  const headLength = file.readUInt32LE(12);
  const document = JSON.parse(file.toString("utf8", 20, 20 + headLength));
  const start = 20 + headLength;
  if (start + 8 > file.length) return { document, blob: new Uint8Array(0) };
  const length = file.readUInt32LE(start);
  if (start + 8 + length > file.length) throw new Error("truncated GLB file");
  return { document, blob: new Uint8Array(file.subarray(start + 8, start + 8 + length)) };
}

/** The bytes of a GLB file; keys keep their order, so the same document gives the same bytes. */
export function glbBytes(document, blob) {
  const head = padded(Buffer.from(JSON.stringify(document)), 0x20);
  const body = padded(Buffer.from(blob), 0);
  const file = Buffer.alloc(28 + head.length + body.length);
  [MAGIC, 2, file.length, head.length, JSON_CHUNK].forEach((word, i) =>
    file.writeUInt32LE(word, 4 * i),
  );
  head.copy(file, 20);
  file.writeUInt32LE(body.length, 20 + head.length);
  file.writeUInt32LE(BIN_CHUNK, 24 + head.length);
  body.copy(file, 28 + head.length);
  return file;
}

function padded(bytes, filler) {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3, filler)]);
}

/** The bytes of a buffer view as it is stored. */
export function viewBytes(view, blob) {
  const start = view.byteOffset ?? 0;
  if (start + view.byteLength > blob.length) throw new Error("a buffer view leaves the file");
  return blob.subarray(start, start + view.byteLength);
}

/** Lay byte arrays one after the other, each at a multiple of 4. */
export function concatenated(parts) {
  const offsets = [];
  let size = 0;
  for (const part of parts) {
    offsets.push(size);
    size += (part.length + 3) & ~3;
  }
  const bytes = new Uint8Array(size);
  parts.forEach((part, i) => bytes.set(part, offsets[i]));
  return { bytes, offsets };
}
