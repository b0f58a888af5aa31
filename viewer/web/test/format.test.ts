import { describe, expect, it } from "vitest";
import { bytesText, measureText, metresText, progressText, scaleBar } from "../src/core/format";

describe("numbers for people", () => {
  it("writes sizes as the language does", () => {
    expect(bytesText(190_400, "en")).toBe("190 kB");
    expect(bytesText(1_234_567, "vi")).toBe("1,2 MB");
    expect(bytesText(23_400_000, "en")).toBe("23.4 MB");
    expect(progressText(84_000, 190_400, "en")).toBe("84 / 190 kB");
    expect(progressText(500_000, 3_000_000, "vi")).toBe("0,5 / 3 MB");
    expect(progressText(9, 3, "en")).toBe("0 / 0 kB");
  });

  it("writes lengths in the unit that fits", () => {
    expect([0.002, 0.2, 5, 1500].map((m) => metresText(m, "en"))).toEqual(["2 mm", "20 cm", "5 m", "1.5 km"]);
    expect(measureText(0.0123, "m", "en")).toBe("1.2 cm");
    expect(measureText(0.8215, "px", "en")).toBe("0.822 px");
    expect(measureText(10, "1", "en")).toBe("10");
  });

  it("has the longest scale bar that fits, with a round length", () => {
    expect(scaleBar(0.01, 110)).toEqual({ metres: 1, pixels: 100 });
    expect(scaleBar(0.02, 110).metres).toBe(2);
    expect(scaleBar(0.05, 110).metres).toBe(5);
    expect(scaleBar(3.4, 110).metres).toBe(200);
  });
});
