"""One open page of the viewer: waits on it, looks at it, and notes everything that went wrong."""

import io
import time
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
CONTEXTS = {
    "phone": {"viewport": PHONE, "device_scale_factor": 2, "is_mobile": True, "has_touch": True},
    "desktop": {"viewport": DESKTOP},
}

OVER_THE_SCENE = ".vt > :not(.vt-scene), .vt-markers, .vt-ways"
SET_VISIBILITY = """([selector, value]) => {
  for (const element of document.querySelectorAll(selector)) element.style.visibility = value;
}"""

TWO_FRAMES = "window.__twoFrames()"
WAIT_FOR_FRAMES = """
{
  // The page's own, which a test may watch.
  const ask = window.requestAnimationFrame.bind(window);
  window.__twoFrames = () => new Promise((done) => {
    ask(() => ask(done));
    setTimeout(done, 5000);
  });
}
"""

NOTE_VIOLATIONS = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


class TourPage:
    """A browser page on a tour, and the log of its console and its requests."""

    def __init__(self, context, base, address):
        self.base, self.address = base, address
        self.console, self.foreign = [], []
        self.page = context.new_page()
        self.page.add_init_script(WAIT_FOR_FRAMES)
        self.page.add_init_script(NOTE_VIOLATIONS)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.console.append(f"exception: {error}"))
        context.on("request", self._watch)

    def _note(self, message):
        if message.type in ("error", "warning"):
            self.console.append(f"{message.type}: {message.text}")

    def _watch(self, request):
        if not request.url.startswith((self.base, "blob:", "data:")):
            self.foreign.append(request.url)

    def open(self, query=""):
        self.page.goto(self.base + self.address + query, wait_until="domcontentloaded")
        self.until("!!window.vtour")
        return self

    def open_ready(self, query=""):
        """Open, and wait until the finest derivative is on show and nothing moves."""
        self.open(query)
        self.until("vtour.state().status !== 'loading'", limit_s=40)
        assert self.state["problem"] is None
        return self.settle()

    def open_model(self, query=""):
        """Open, and go to the model's first view where the tour begins in a panorama."""
        self.open_ready(query)
        if self.panorama:
            self.page.click("[data-action=mode]")
            self.until("vtour.state().panorama === null && !vtour.state().flying", limit_s=40)
            self.settle()
            self.page.click("[data-action=reset]")
        return self.settle()

    def settle(self):
        """Wait until nothing moves, and nothing will.

        A ResizeObserver speaks between two frames, and may set the scene moving: the bar of
        measuring does.
        """
        self.page.evaluate(TWO_FRAMES)
        self.until("vtour.state().complete && vtour.state().idle", limit_s=40)
        return self

    def open_info(self):
        """The facts come in a chunk of their own, so not at once, and then are measured."""
        self.page.click("[data-action=info]")
        self.until("vtour.state().panel === 'info'")
        self.page.evaluate(TWO_FRAMES)

    def until(self, expression, limit_s=15):
        """Poll an expression: the page's policy forbids Playwright's own way to wait, eval."""
        end = time.monotonic() + limit_s
        while not self.page.evaluate(expression):
            if time.monotonic() > end:
                raise AssertionError(f"not within {limit_s} s: {expression}; {self.console}")
            self.page.wait_for_timeout(40)

    @property
    def state(self):
        return self.page.evaluate("vtour.state()")

    @property
    def camera(self):
        view = self.page.evaluate("vtour.camera()")
        return np.array([*view["position"], *view["target"]])

    @property
    def panorama(self):
        return self.state["panorama"]

    def way(self, node_id):
        return next(way for way in self.state["ways"] if way["to"] == node_id)

    def hotspot(self, hotspot_id):
        return next(spot for spot in self.state["hotspots"] if spot["id"] == hotspot_id)

    def marker(self, hotspot_id):
        return self.page.locator(f".vt-marker[data-hotspot={hotspot_id}]")

    def picture(self, hide=""):
        """What is on the screen, one pixel for each CSS pixel: (h, w, 3) int.

        hide : a selector. (Playwright's own ``style`` would violate the page's policy.)
        """
        if hide:
            self.page.evaluate(SET_VISIBILITY, [hide, "hidden"])
        png = self.page.screenshot(scale="css")
        if hide:
            self.page.evaluate(SET_VISIBILITY, [hide, ""])
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)

    def scene(self):
        """The picture without markers and controls."""
        return self.picture(OVER_THE_SCENE)

    def model_mask(self):
        """Where the model is: what differs from the scene without its canvas."""
        empty = self.picture(f"{OVER_THE_SCENE}, canvas")
        return np.abs(self.scene() - empty).max(axis=2) > 12

    def check_clean(self, *, console=True):
        """No error in the console, no request elsewhere, no violation of the page's policy."""
        assert self.foreign == []
        assert self.page.evaluate("window.__violations") == []
        if console:
            assert self.console == []

    @property
    def hash(self):
        return urlsplit(self.page.url).fragment


def where(picture, colour, tolerance=10):
    """Centre (x, y) and number of the pixels of one colour."""
    rows, cols = np.nonzero(np.abs(picture - np.array(colour)).max(axis=2) <= tolerance)
    if len(rows) == 0:
        return None, None, 0
    return cols.mean(), rows.mean(), len(rows)
