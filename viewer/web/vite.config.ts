import { defineConfig } from "vitest/config";

/** Decoders that no model here needs: a megabyte that would be published for nothing. */
const UNUSED = /new URL\( '\.\.\/libs\/draco\/draco_\w+\.(?:js|wasm)', import\.meta\.url \)\.toString\(\)/g;

/** Draco's decoder for glTF is a part of the general one, which is left out. */
const glTFDecoderOnly = {
  name: "gltf-decoder-only",
  transform: (code: string, id: string) =>
    id.endsWith("/loaders/DRACOLoader.js") ? code.replace(UNUSED, "''") : null,
};

/** The script that basis.ts takes the place of. */
const TRANSCODER = /new URL\( '\.\.\/libs\/basis\/basis_transcoder\.js', import\.meta\.url \)\.toString\(\)/;

const ownTranscoder = {
  name: "own-transcoder",
  transform: (code: string, id: string) =>
    id.endsWith("/loaders/KTX2Loader.js") ? code.replace(TRANSCODER, "''") : null,
};

/** What every tour needs after its shell. */
const ALWAYS = /node_modules\/three\/|src\/three\/meshes/;
/** What three.js has for models and for files that need it: a tour that begins in a panorama does without. */
const LATER = /loaders\/|libs\/|utils\//;

/** Builds the pages of the viewer into ../static; the Flask app reads .vite/manifest.json. */
export default defineConfig({
  base: "/static/",
  publicDir: false,
  plugins: [glTFDecoderOnly, ownTranscoder],
  build: {
    outDir: "../static",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    cssTarget: ["chrome111", "safari16.4", "firefox113"],
    modulePreload: {
      polyfill: false,
      // What the page has loaded before any of its chunks need not be named with each of them.
      resolveDependencies: (_, names) => names.filter((name) => !/\/(tour|vector|problem)-/.test(name)),
    },
    chunkSizeWarningLimit: 700,
    assetsInlineLimit: 0,
    rollupOptions: {
      input: ["src/tour.ts", "src/index.ts", "src/rollout.ts"],
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [{ name: "three", test: (id) => ALWAYS.test(id) && !LATER.test(id) }],
        },
      },
    },
  },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
