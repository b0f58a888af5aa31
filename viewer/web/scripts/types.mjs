import { writeFile } from "node:fs/promises";
import { manifestTypes, TYPES } from "./manifest-types.mjs";

await writeFile(TYPES, await manifestTypes());
