import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { withoutEval } from "../src/three/basis";

const TRANSCODER = new URL("../node_modules/three/examples/jsm/libs/basis/basis_transcoder.js", import.meta.url);

describe("the transcoder of KTX2 textures", () => {
  it("is the one that is known, and makes no functions from text", async () => {
    const changed = withoutEval(await readFile(TRANSCODER, "utf8"));
    expect(changed).not.toMatch(/\bnewFunc\(Function/);
    expect(changed).not.toMatch(/\bnew Function\(|[^.\w]eval\(/);
  });

  it("is refused when it is another", () => {
    expect(() => withoutEval("var x=newFunc(Function,args)(...closureArgs)")).toThrow("expected newFunc(Function,params)");
  });
});
