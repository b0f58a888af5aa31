/** What comes after the first panorama is on show, in one chunk of its own. */

export { Gyroscope } from "./gyroscope";
export { NodeList } from "./node-list";
export { Plan } from "./plan";
