/** What comes after the first panorama is on show, in one chunk of its own. */

import { addStrings } from "../core/strings";
import { STRINGS_OF_WALKING } from "../core/strings-walking";

addStrings(STRINGS_OF_WALKING);

export { Gyroscope } from "./gyroscope";
export { NodeList } from "./node-list";
export { Plan } from "./plan";
