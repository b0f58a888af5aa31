// node validate.mjs FILE.glb: what the Khronos validator finds, as JSON on stdout.
//
// {file: issues of the file, twin: issues of its plain twin or null, undecodable: why or null,
// failed: why not even that could be done, or null}
// The validator cannot look inside views compressed with meshopt; it can inside the twin. The file
// may be from outside: whatever is wrong with it is a finding.

import { readFileSync } from "node:fs";
import validator from "gltf-validator";
import { MESHOPT, glbBytes, readGlb } from "./glb.mjs";
import { plainTwin } from "./twin.mjs";

const options = {
  maxIssues: 200,
  externalResourceFunction: () => Promise.reject(new Error("outside the file")),
};
const path = process.argv[2];
const found = { file: [], twin: null, undecodable: null, failed: null };
try {
  found.file = await issues(readFileSync(path));
  const { document, blob } = readGlb(path);
  const used = document.extensionsUsed;
  if (Array.isArray(used) && used.some((name) => MESHOPT.includes(name)))
    await addTwin(document, blob);
} catch (error) {
  found.failed = String(error.message ?? error);
}
process.stdout.write(JSON.stringify(found));

async function addTwin(document, blob) {
  try {
    found.twin = await issues(glbBytes(...(await plainTwin(document, blob))));
  } catch (error) {
    found.undecodable = String(error.message ?? error);
  }
}

async function issues(bytes) {
  const report = await validator.validateBytes(new Uint8Array(bytes), options);
  return report.issues.messages;
}
