/** All that needs three.js, and what is needed only with it, in one chunk that the page loads after its shell. */

export { firstNode } from "../core/first";
export { Navigation } from "../core/navigation";
export { OrbitMover } from "../core/orbit-mover";
export { disposeModel, type LoadedModel, readModel, trianglesOf } from "./model";
export { Stage } from "./stage";
export { Walk } from "./walk";
