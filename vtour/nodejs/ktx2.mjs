// node ktx2.mjs IN OUT WIDTH HEIGHT KIND QUALITY SPACE: pixels as KTX2, with their mipmaps.
//
// IN      : RGBA, 8 bits each, row 0 on top. WIDTH and HEIGHT are multiples of 4.
// KIND    : etc1s (QUALITY 1 to 255) or uastc (QUALITY is not looked at; Zstandard packs it).
// SPACE   : srgb or linear.

import { readFileSync, writeFileSync } from "node:fs";
import { encodeToKTX2 } from "ktx2-encoder";

const UASTC_LEVEL = 2; // "default" of the encoder
const [source, target, width, height, kind, quality, space] = process.argv.slice(2);
const isUASTC = kind === "uastc";
const packed = await encodeToKTX2(new Uint8Array(readFileSync(source)), {
  imageDecoder: async (data) => ({ data, width: Number(width), height: Number(height) }),
  isUASTC,
  generateMipmap: true,
  isKTX2File: true,
  isYFlip: false,
  isSetKTX2SRGBTransferFunc: space === "srgb",
  isPerceptual: space === "srgb",
  ...(isUASTC
    ? { needSupercompression: true, uastcLDRQualityLevel: UASTC_LEVEL }
    : { qualityLevel: Number(quality), compressionLevel: 2 }),
});
writeFileSync(target, packed);
