// node expand.mjs IN.glb OUT.glb: the plain twin of a GLB compressed with meshopt.

import { writeFileSync } from "node:fs";
import { glbBytes, readGlb } from "./glb.mjs";
import { plainTwin } from "./twin.mjs";

const [source, target] = process.argv.slice(2);
const { document, blob } = readGlb(source);
writeFileSync(target, glbBytes(...(await plainTwin(document, blob))));
