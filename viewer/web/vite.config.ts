import { defineConfig } from "vitest/config";

/** Builds the two pages of the viewer into ../static; the Flask app reads .vite/manifest.json. */
export default defineConfig({
  base: "/static/",
  publicDir: false,
  build: {
    outDir: "../static",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    cssTarget: ["chrome111", "safari16.4", "firefox113"],
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    assetsInlineLimit: 0,
    rollupOptions: {
      input: ["src/tour.ts", "src/index.ts"],
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          // Together, though points share it: apart it would be 2 kB more.
          groups: [{ name: "three", test: /node_modules\/three\// }],
        },
      },
    },
  },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
