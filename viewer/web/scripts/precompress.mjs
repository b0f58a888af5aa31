// Writes <file>.br and <file>.gz beside every built text file, so that the server need not compress.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const ASSETS = new URL("../../static/assets/", import.meta.url);

for (const name of (await readdir(ASSETS)).sort()) {
  if (!/\.(js|css|svg|json|wasm)$/.test(name)) continue;
  const plain = await readFile(new URL(name, ASSETS));
  const brotli = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  await writeFile(new URL(`${name}.br`, ASSETS), brotli);
  await writeFile(new URL(`${name}.gz`, ASSETS), gzipSync(plain, { level: 9 }));
}
