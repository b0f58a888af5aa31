// node validate.mjs FILE.glb: what the Khronos validator finds, as JSON on stdout.
//
// {file: issues of the file, twin: issues of its plain twin or null, undecodable: why or null}
// The validator cannot look inside views compressed with meshopt; it can inside the twin.

import { readFileSync } from "node:fs";
import validator from "gltf-validator";
import { MESHOPT, glbBytes, readGlb } from "./glb.mjs";
import { plainTwin } from "./twin.mjs";

const options = {
  maxIssues: 200,
  externalResourceFunction: () => Promise.reject(new Error("outside the file")),
};
const path = process.argv[2];
const found = { file: await issues(readFileSync(path)), twin: null, undecodable: null };
const { document, blob } = readGlb(path);
if (document.extensionsUsed?.includes(MESHOPT)) {
  try {
    found.twin = await issues(glbBytes(...(await plainTwin(document, blob))));
  } catch (error) {
    found.undecodable = error.message;
  }
}
process.stdout.write(JSON.stringify(found));

async function issues(bytes) {
  const report = await validator.validateBytes(new Uint8Array(bytes), options);
  return report.issues.messages;
}
