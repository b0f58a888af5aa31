/** All that models need, and what goes around them: a chunk of its own, which comes with the first model or points. */

export { Navigation } from "../core/navigation";
export { OrbitMover } from "../core/orbit-mover";
export { disposeModel, type LoadedModel } from "./meshes";
export { readModel, trianglesOf } from "./model";
