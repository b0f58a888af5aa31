"""How soon a visitor sees a model: its coarsest version on the page of this project's own server,
over Lighthouse's "slow 4G" (1.6 Mbit/s, 150 ms), in a real Chromium.

python -m benchmarks.speed.model_shown FOLDER... [--runs 5] [--phone] [--fast]
    [--picture FILE] [--chromium PROGRAM]

FOLDER is a package (tour.json), or what `vtour optimise` wrote (optimise.json), which becomes a
tour of that model alone. A tour that begins in a panorama is opened by a link to its model. The
cache is empty; --fast leaves the network as it is.

``drawn_s`` counts from navigation, ``from_asked_s`` from when the page's script asks for the file
(the browser's resource timing) to the second frame after the viewer says that it is on show, so
that the first is drawn; ``asked_s`` and ``arrived_s`` count from navigation. ``before_kB`` is all
that came before the model was drawn but for it. ``words_s``, ``poster_s`` and ``script_s``: words
are on the page, all of its poster has come, its script runs. ``least_s``: what all those bytes take
with one round trip for the page and one for the rest; no order of requests can be faster. Medians.
The processor is not slowed down, and graphics are drawn in software: compare rows of one machine.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.browser import PHONE, SLOW_4G, chromium, served, until
from benchmarks.machine import append_results
from vtour.files import file_digest, write_json

LIMIT_S = 120.0
TOUR_NAME, LIST_NAME = LISTS = ("tour.json", "optimise.json")
WORLD = {"scale": "unknown", "scale_source": "none", "north": "unknown", "up": "assumed"}
DESKTOP = {"width": 1280, "height": 800}
WATCH = """
window.__times = {};
new PerformanceObserver((list) => {
  for (const { name, startTime } of list.getEntries())
    if (name === "first-contentful-paint") window.__times.words = startTime;
}).observe({ type: "paint", buffered: true });
const wait = setInterval(() => {
  if (!window.vtour) return;
  clearInterval(wait);
  window.__times.script = performance.now();
}, 4);
performance.setResourceTimingBufferSize(2000);
const look = () => {
  if (window.vtour?.state().quality == null) return requestAnimationFrame(look);
  requestAnimationFrame(() => requestAnimationFrame(() => { window.__drawn = performance.now(); }));
};
requestAnimationFrame(look);
"""
TIMES = """(uri) => {
  const all = performance.getEntriesByType("resource");
  const own = all.filter(({ name }) => decodeURI(name).includes(uri));
  const before = all.filter((each) => !own.includes(each) && each.responseEnd <= window.__drawn);
  const page = performance.getEntriesByType("navigation")[0];
  const sum = (list) => list.reduce((total, { transferSize }) => total + transferSize, 0);
  const poster = all.find(({ name }) => name.includes("poster"));
  return {
    words_s: window.__times.words / 1e3,
    poster_s: poster ? poster.responseEnd / 1e3 : NaN,
    script_s: window.__times.script / 1e3,
    asked_s: Math.min(...own.map(({ startTime }) => startTime)) / 1e3,
    arrived_s: Math.min(...own.map(({ responseEnd }) => responseEnd)) / 1e3,
    drawn_s: window.__drawn / 1e3,
    wire_kB: sum(own) / 1e3,
    before_kB: (sum(before) + page.transferSize) / 1e3,
    quality: window.vtour.state().quality,
  };
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--phone", action="store_true", help="on a phone's screen")
    parser.add_argument("--fast", action="store_true", help="over the network as it is")
    parser.add_argument("--picture", type=Path, help="PNG of the page of the last run, when drawn")
    parser.add_argument("--chromium", help="the browser's program")
    arguments = parser.parse_args()
    skipped, rows = 0, []
    with chromium(arguments.chromium) as browser:
        for folder in arguments.folders:
            if browser is None or not any((folder / name).is_file() for name in LISTS):
                print(f"skipped: {folder} (expected a browser, and one of {', '.join(LISTS)})")
                skipped += 1
                continue
            try:
                rows.append(measure(browser, folder, arguments))
            except TimeoutError as error:
                print(f"skipped: {folder} ({error})")
                skipped += 1
    if rows:
        append_results("model-shown", rows)
    print(f"{len(rows)} tours, {skipped} skipped")


def measure(browser: Any, folder: Path, arguments: argparse.Namespace) -> dict[str, object]:
    """The row of one tour: medians of some runs."""
    with packaged(folder) as package, served(package) as (base, address):
        model = json.loads((package / "tour.json").read_bytes())["models"][0]
        coarsest = min(model["derivatives"], key=lambda each: each["bytes"])
        url = base + address + link_to(model)
        runs = [one_run(browser, url, coarsest["uri"], arguments) for _ in range(arguments.runs)]
    screen = "phone" if arguments.phone else "desktop"
    row: dict[str, object] = {
        "tour": "/".join(folder.resolve().parts[-2:]),
        "shown": f"{screen}{', fast' if arguments.fast else ', slow 4G'}",
        "version": coarsest["quality"],
        "first": " ".join(sorted({str(run.pop("quality")) for run in runs})),
        "faces": coarsest["faces"],
        "bytes": coarsest["bytes"],
    }
    return row | {name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]}


def one_run(browser: Any, url: str, uri: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """A visit with an empty cache."""
    phone = {"device_scale_factor": 2, "is_mobile": True, "has_touch": True, "viewport": PHONE}
    context = browser.new_context(**(phone if arguments.phone else {"viewport": DESKTOP}))
    page = context.new_page()
    page.add_init_script(WATCH)
    if not arguments.fast:
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_4G)
    page.goto(url, wait_until="commit")
    try:
        until(page, "window.__drawn > 0", time.perf_counter(), LIMIT_S)
    except TimeoutError as error:
        problem = page.evaluate("window.vtour?.state().problem")
        raise TimeoutError(f"{error}; the viewer says {problem}") from None
    times: dict[str, Any] = page.evaluate(TIMES, uri)
    if arguments.picture:
        page.screenshot(path=arguments.picture)
    context.close()
    least = 2 * SLOW_4G["latency"] / 1e3
    least += (times["before_kB"] + times["wire_kB"]) * 1e3 / SLOW_4G["downloadThroughput"]
    return {**times, "from_asked_s": times["drawn_s"] - times["asked_s"], "least_s": least}


def link_to(model: dict[str, Any]) -> str:
    """A camera at the model, as in a link that a visitor sends: so no panorama is first."""
    low, high = model.get("bounds_min"), model.get("bounds_max")
    if low is None or high is None:
        return ""
    middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    size = max(b - a for a, b in zip(low, high, strict=True))
    eye = [middle[0], middle[1] + 0.5 * size, middle[2] + 1.5 * size]
    return "#view=" + ",".join(f"{value:.3f}" for value in [*eye, *middle])


@contextmanager
def packaged(folder: Path) -> Iterator[Path]:
    """A package as it is; what `vtour optimise` wrote as a package of one model."""
    if (folder / TOUR_NAME).is_file():
        yield folder
        return
    with tempfile.TemporaryDirectory() as scratch:
        yield write_tour(Path(scratch) / "tour", folder)


def write_tour(package: Path, folder: Path) -> Path:
    """A package of the web versions that a list names."""
    files = json.loads((folder / LIST_NAME).read_bytes())["files"]
    web = {name: facts for name, facts in files.items() if "quality" in facts}
    (package / "model").mkdir(parents=True)
    derivatives = []
    for name, facts in web.items():
        shutil.copyfile(folder / name, package / "model" / name)
        own = {"uri": f"model/{name}", "sha256": file_digest(folder / name)}
        derivatives.append(own | {k: facts[k] for k in ("quality", "bytes", "faces", "texture_px")})
    write_json(
        package / TOUR_NAME,
        {
            "asset": {"version": "1.0", "generator": "benchmark"},
            "id": "model",
            "world": WORLD,
            "models": [{"id": "model", "derivatives": derivatives}],
            "files": {each["uri"]: each["sha256"] for each in derivatives},
        },
    )
    return package


if __name__ == "__main__":
    main()
