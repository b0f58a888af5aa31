"""What a visitor's phone loads: bytes and requests to the first sharp view of a panorama, and the
tile memory of 100 node changes.

python -m benchmarks.speed.viewer PACKAGE... [--changes 100] [--chromium PROGRAM]

The built front end (npm run build in viewer/web) is served by this machine to a real Chromium at
390 x 844, twice as many pixels a side, over the network of Lighthouse's "slow 4G": 1.6 Mbit/s and
150 ms. Bytes are those on the wire, headers included. Memory is what the viewer counts for pictures
on the GPU: RGBA with mipmaps. A computer's graphics in software draw slower than a phone: times say
what the network costs, not what a phone takes.
"""

import argparse
import random
import time
from pathlib import Path
from typing import Any

from benchmarks.browser import PHONE, Wire, chromium, served, until
from benchmarks.machine import append_results

WEAK_PHONE = "Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 2 });"
SHARP = "window.vtour?.state().panorama?.level >= 0 && vtour.state().idle"
SEEN = "window.vtour?.state().status === 'ready'"


def first_view(browser: Any, base: str, address: str) -> dict[str, object]:
    """One visit with an empty cache: what came until the first view was sharp, and when."""
    context = browser.new_context(
        viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    wire = Wire(page, slow=True)
    started = time.perf_counter()
    page.goto(base + address, wait_until="commit")
    seen_s = until(page, SEEN, started)
    sharp_s = until(page, SHARP, started)
    pictures, tiles = wire.of("/panoramas/")
    code, _ = wire.of("/static/")
    total, requests = wire.of("http")
    context.close()
    return {
        "code_kB": round(code / 1e3, 1),
        "pictures_kB": round(pictures / 1e3, 1),
        "pictures": tiles,
        "total_kB": round(total / 1e3, 1),
        "requests": requests,
        "seen_s": round(seen_s, 1),
        "sharp_s": round(sharp_s, 1),
    }


def walk_on(browser: Any, base: str, address: str, changes: int) -> dict[str, object]:
    """So many node changes on a weak phone, by the buttons of the scene, looking around between."""
    context = browser.new_context(
        viewport=PHONE,
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.add_init_script(WEAK_PHONE)
    page.goto(base + address, wait_until="commit")
    until(page, SHARP, time.perf_counter())
    chance = random.Random(0)
    for _ in range(changes):
        ways = page.evaluate("vtour.state().ways.map(({ to }) => to)")
        node = chance.choice(ways)
        page.evaluate(f"document.querySelector('.vt-way[data-node=\"{node}\"]').click()")
        until(page, f"vtour.state().panorama.node === '{node}'", time.perf_counter())
        page.keyboard.press(chance.choice(["ArrowLeft", "ArrowRight"]))
        until(page, SHARP, time.perf_counter())
    found = page.evaluate("vtour.state().panorama")
    context.close()
    return {
        "changes": changes,
        "peak_tiles_MiB": round(found["peakBytes"] / 2**20, 1),
        "budget_MiB": round(found["budget"] / 2**20),
        "uploads": found["uploads"],
        "most_uploads_a_frame": found["mostUploads"],
    }


def measure(browser: Any, package: Path, changes: int) -> dict[str, object]:
    """The row of one package."""
    with served(package) as (base, address):
        view = first_view(browser, base, address)
        return {"package": address.rpartition("/")[2], **view} | walk_on(
            browser, base, address, changes
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="+", type=Path)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--chromium", help="the browser's program")
    arguments = parser.parse_args()
    with chromium(arguments.chromium) as browser:
        if browser is None:
            return
        rows = [measure(browser, package, arguments.changes) for package in arguments.packages]
    append_results("viewer", rows)


if __name__ == "__main__":
    main()
