/** All that needs three.js, in one chunk that the page loads after its shell. */

export { disposeModel, type LoadedModel, readModel, trianglesOf } from "./model";
export { Stage } from "./stage";
export { Sphere, textureOf } from "./sphere";
