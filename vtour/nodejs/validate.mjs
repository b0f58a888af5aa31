// node validate.mjs FILE.glb: the Khronos validator's report, as JSON on stdout.

import { readFileSync } from "node:fs";
import validator from "gltf-validator";

const options = {
  maxIssues: 200,
  externalResourceFunction: () => Promise.reject(new Error("outside the file")),
};
const bytes = new Uint8Array(readFileSync(process.argv[2]));
const report = await validator.validateBytes(bytes, options);
process.stdout.write(JSON.stringify(report.issues));
