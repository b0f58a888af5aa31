import { defineConfig } from "vite";

/** Builds the page that shows components without an engine; it is not shipped. */
export default defineConfig({ base: "./", publicDir: false, build: { target: "es2022", assetsInlineLimit: 0 } });
