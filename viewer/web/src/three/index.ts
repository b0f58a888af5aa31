/**
 * The stage, with three.js: a chunk that the page loads after its shell.
 *
 * Models and panoramas come in chunks of their own (models.ts, walk.ts): a tour begins with one of them.
 */

export { firstNode } from "../core/first";
export { Stage } from "./stage";
