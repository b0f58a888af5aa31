"""When a visitor's phone shows a model for the first time, and where the seconds before go.

python -m benchmarks.speed.model_shown PACKAGE... [--runs 5] [--chromium PROGRAM]

The built front end (npm run build in viewer/web) and a tour that begins at its model, served by
this machine to a real Chromium at 390 x 844, twice as many pixels a side, over the network of
Lighthouse's "slow 4G": 1.6 Mbit/s and 150 ms. Medians of visits with empty caches, seconds from the
navigation on: words are on the page, all of its poster has come, its script runs, all of the
coarsest derivative has come, and the first frame with it. ``least_s`` is what the bytes before that
frame take on this network with one round trip for the page and one for the rest: no order of
requests can be faster. Graphics in software draw slower than a phone's.
"""

import argparse
import statistics
from pathlib import Path
from typing import Any

from benchmarks.browser import PHONE, SLOW_4G, Wire, chromium, served
from benchmarks.machine import append_results

NOTE_TIMES = """
window.__times = {};
new PerformanceObserver((list) => {
  for (const { name, startTime } of list.getEntries())
    if (name === "first-contentful-paint") window.__times.words = startTime;
}).observe({ type: "paint", buffered: true });
const wait = setInterval(() => {
  if (!window.vtour) return;
  clearInterval(wait);
  window.__times.script = performance.now();
  const frame = () => requestAnimationFrame(() => (window.__times.model = performance.now()));
  window.vtour.ready.then(() => requestAnimationFrame(frame));
}, 4);
"""
RESOURCES = """performance.getEntriesByType("resource").map(({ name, responseEnd }) =>
  [name, responseEnd])"""


def visit(browser: Any, base: str, address: str) -> dict[str, float]:
    """One visit with an empty cache: when what came, and how many bytes until the first frame."""
    context = browser.new_context(
        viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    wire = Wire(page, slow=True)
    page.add_init_script(NOTE_TIMES)
    page.goto(base + address, wait_until="commit")
    while not page.evaluate("!!window.__times.model"):
        page.wait_for_timeout(25)
    total, _ = wire.of("http")
    times = page.evaluate("window.__times")
    ends = {name.partition("?")[0]: end for name, end in page.evaluate(RESOURCES)}
    context.close()
    poster = [end for name, end in ends.items() if "poster" in name]
    thumb = [end for name, end in ends.items() if name.endswith(".glb")]
    return {
        "words_s": times["words"] / 1e3,
        "poster_s": poster[0] / 1e3 if poster else float("nan"),
        "script_s": times["script"] / 1e3,
        "bytes_here_s": thumb[0] / 1e3 if thumb else float("nan"),
        "model_s": times["model"] / 1e3,
        "least_s": 2 * SLOW_4G["latency"] / 1e3 + total / SLOW_4G["downloadThroughput"],
        "kB": total / 1e3,
    }


def measure(browser: Any, package: Path, runs: int) -> dict[str, object]:
    """The row of one package."""
    with served(package) as (base, address):
        visits = [visit(browser, base, address) for _ in range(runs)]
    medians = {
        name: round(statistics.median(each[name] for each in visits), 2) for name in visits[0]
    }
    return {"package": address.rpartition("/")[2], "runs": runs} | medians


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--chromium", help="the browser's program")
    arguments = parser.parse_args()
    with chromium(arguments.chromium) as browser:
        if browser is None:
            return
        rows = [measure(browser, package, arguments.runs) for package in arguments.packages]
    append_results("model-shown", rows)


if __name__ == "__main__":
    main()
