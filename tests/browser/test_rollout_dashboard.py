"""The rollout's pages in Chromium: phone and desktop, keyboard, without scripts, dark, on paper."""

import io
import threading
import time

import pytest
from PIL import Image
from werkzeug.serving import make_server

from tests.browser.needs import lacks
from tests.browser.test_panorama_model import AXE, RUN_AXE
from tests.browser.tour_page import CONTEXTS, NOTE_VIOLATIONS
from tests.rollout.rollout_sample import SITES, make_rollout, report, write_report
from tests.sample_packages import write_walk
from viewer import create_app

PAGES = ["/rollout", "/rollout/tam-thanh", "/rollout/nhi-thanh", "/rollout/chua-bac-nga"]
LONG = "Khu di tích lịch sử và danh lam thắng cảnh đặc biệt quan trọng của tỉnh " * 2
SITE = SITES.split("  - id: ")[3]
MANY = "".join(
    "  - id: " + SITE.replace("den-ky-cung", f"site-{n}").replace("Đền Kỳ Cùng", LONG)
    for n in range(120)
)
OVERFLOW = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.checkVisibility() && !element.closest("svg, .ro-scroll, .ro-hidden"))
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
  .map((element) => element.outerHTML.slice(0, 120))"""
ROWS = "[...document.querySelectorAll('.ro-sites tbody th a')].map((a) => a.textContent)"
LIGHTNESS = 128


@pytest.fixture(scope="module")
def base(front_end, tmp_path_factory):
    """The address of a server with 126 sites, one of them with a tour."""
    packages = tmp_path_factory.mktemp("packages")
    write_walk(packages / "tam-thanh", "tam-thanh")
    folder = tmp_path_factory.mktemp("rollout")
    catalog = make_rollout(folder, SITES + MANY)
    for site, found, passed in (("tam-thanh", 0.012, True), ("nhi-thanh", 0.034, False)):
        write_report(catalog, site, report(site, found=found, passed=passed))
    app = create_app([packages], static=front_end, catalog=catalog)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


class Shown:
    """A page that was opened, and everything that went wrong in it."""

    def __init__(self, context, base):
        self.base, self.wrong = base, []
        self.page = context.new_page()
        self.page.add_init_script(NOTE_VIOLATIONS)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self._watch)

    def _note(self, message):
        if message.type in ("error", "warning"):
            self.wrong.append(message.text)

    def _watch(self, request):
        if not request.url.startswith((self.base, "data:")):
            self.wrong.append(f"asked {request.url}")

    def open(self, address):
        self.page.goto(self.base + address)
        return self

    @property
    def rows(self):
        return self.page.evaluate(ROWS)

    def until(self, expression):
        """Wait; the policy of the page forbids what Playwright would wait with."""
        end = time.monotonic() + 20
        while not self.page.evaluate(f"() => Boolean({expression})"):
            assert time.monotonic() < end, expression
            time.sleep(0.05)


@pytest.fixture
def show(browser, base):
    contexts, pages = [], []

    def start(address, device="desktop", **options):
        context = browser.new_context(**{"locale": "vi-VN", **CONTEXTS[device], **options})
        contexts.append(context)
        pages.append(Shown(context, base))
        return pages[-1].open(address)

    yield start
    wrong = [each for shown in pages for each in shown.wrong]
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.mark.parametrize("device", ["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_nothing(show, address, scheme, device):
    if not AXE.is_file():
        lacks("viewer/web: axe-core is missing, run npm ci there")
    page = show(f"{address}?lang=en", device, color_scheme=scheme).page
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    page.evaluate(AXE.read_text(encoding="utf-8"))

    assert page.evaluate(RUN_AXE) == []
    assert page.evaluate("window.__violations") == []


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("address", PAGES[:3])
def test_everything_fits(show, address, lang, width):
    page = show(f"{address}?lang={lang}", viewport={"width": width, "height": 844}).page

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERFLOW) == []


def test_fingers_hit_what_they_are_to_hit(show):
    page = show("/rollout", "phone").page
    small = page.evaluate("""() => [...document.querySelectorAll(
        ".ro-filter input:not([type=hidden]), .ro-filter select, .ro-filter button, .ro-pin")]
      .filter((each) => each.checkVisibility())
      .map((each) => each.closest("label.ro-check") ?? each)
      .map((each) => [each.className.baseVal ?? each.className, each.getBoundingClientRect()])
      .filter(([, box]) => Math.min(box.width, box.height) < 24)
      .map(([name]) => name)""")

    assert small == []


@pytest.mark.parametrize(("device", "shown"), [("phone", "narrow"), ("desktop", "wide")])
def test_one_map_is_shown(show, device, shown):
    page = show("/rollout?lang=en", device).page
    maps = page.evaluate("""[...document.querySelectorAll('svg.ro-map')]
      .filter((each) => each.checkVisibility()).map((each) => each.classList[1])""")

    assert maps == [f"ro-map-{shown}"]


def test_typing_filters_without_loading_the_page_again(show):
    shown = show("/rollout?lang=en")
    page = shown.page
    page.evaluate("window.stayed = true")
    page.fill("[name=q]", "nhi thanh")
    shown.until(f"{ROWS}.length === 1")

    assert shown.rows == ["Nhị Thanh cave"]
    assert page.locator(".ro-count").inner_text() == "1 of 126 sites"
    assert page.evaluate("document.activeElement.name") == "q"  # one can go on typing
    assert "q=nhi+thanh" in page.url and page.evaluate("window.stayed") is True
    page.fill("[name=q]", "nowhere at all")
    shown.until("document.querySelector('.ro-count').textContent.includes('no such')")
    page.click("[data-reset]")
    shown.until(f"{ROWS}.length === 100")
    assert page.input_value("[name=q]") == "" and page.evaluate("window.stayed") is True


def test_choosing_sorting_and_back(show):
    shown = show("/rollout?lang=en")
    page = shown.page
    page.evaluate("window.stayed = true")
    page.select_option("[name=phase]", "2022")
    shown.until(f"{ROWS}.length === 3")
    page.click("th[scope=col] a >> nth=0")
    shown.until("document.querySelector('[aria-sort=ascending]')")
    assert shown.rows == ["Bắc Nga pagoda", "Chi Lăng pass", "Hữu Nghị gate"]
    assert page.evaluate("document.activeElement.closest('th').ariaSort") == "ascending"
    page.keyboard.press("Enter")
    shown.until("document.querySelector('[aria-sort=descending]')")
    assert shown.rows == ["Hữu Nghị gate", "Chi Lăng pass", "Bắc Nga pagoda"]
    page.check("[name=late]")
    shown.until("location.search.includes('late=1')")
    assert "sort=name" in page.url  # the order is kept
    page.go_back()
    shown.until("document.querySelector('[aria-sort=ascending]')")
    assert page.input_value("[name=phase]") == "2022" and page.evaluate("window.stayed") is True


def test_language_switch_follows_the_filter(show):
    shown = show("/rollout?lang=en")
    shown.page.select_option("[name=state]", "returned")
    shown.until(f"{ROWS}.length === 1")
    shown.page.click(".language-switch a[lang=vi]")
    shown.until("document.documentElement.lang === 'vi'")

    assert shown.rows == ["Động Nhị Thanh"]


def test_pages_of_the_table(show):
    shown = show("/rollout?lang=en")
    shown.page.click("a[rel=next]")
    shown.until(f"{ROWS}.length === 26")

    assert "101–126 of 126 sites" in shown.page.locator(".ro-count").inner_text()


def test_a_server_that_is_gone_leaves_it_to_the_browser(show):
    shown = show("/rollout?lang=en")
    page = shown.page
    page.evaluate("window.stayed = true")
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error('gone')); }")
    with page.expect_navigation(url="**phase=2022**", wait_until="load"):
        page.select_option("[name=phase]", "2022")

    assert page.evaluate("() => window.stayed") is None and len(shown.rows) == 3


def test_keyboard_reaches_pins_filter_and_table(show):
    page = show("/rollout?lang=en").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "ro-skip"
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("""(() => {
          const now = document.activeElement;
          const look = getComputedStyle(now.querySelector(".ro-shape") ?? now);
          return [now.getAttribute("class") ?? now.name ?? "", now.getAttribute("href") ?? "",
                  look.outlineStyle !== "none" || parseFloat(look.strokeWidth) > 4];
        })()""")
        )
    pins = [each for each in seen if "ro-pin" in each[0]]
    names = [each[0] for each in seen]

    assert pins or "ro-cluster" in page.content()
    assert all(visible for _, _, visible in seen)
    assert {"q", "phase", "state", "contractor", "late"} <= set(names)
    page.keyboard.press("Shift+Tab")
    page.evaluate("document.querySelector('.ro-skip').focus()")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#sites"


def test_a_pin_says_its_name_and_leads_to_its_site(show, browser, base):
    page = show("/rollout/tam-thanh?lang=en").page
    page.click("text=All sites")
    page.wait_for_url("**/rollout?lang=en")


def test_without_scripts_form_and_links_do_the_same(show):
    shown = show("/rollout?lang=en", java_script_enabled=False)
    page = shown.page
    page.select_option("[name=phase]", "2022")
    with page.expect_navigation():
        page.click(".ro-filter button")
    assert page.locator(".ro-sites tbody tr").count() == 3
    with page.expect_navigation():
        page.click("th[scope=col] a >> nth=0")
    names = page.locator(".ro-sites tbody th a").all_inner_texts()
    assert names == ["Bắc Nga pagoda", "Chi Lăng pass", "Hữu Nghị gate"]
    with page.expect_navigation():
        page.click(".ro-sites tbody a >> text=Chi Lăng pass")
    assert page.locator("h1").inner_text() == "Chi Lăng pass"


@pytest.mark.parametrize("address", PAGES[:2])
def test_paper_is_white_and_has_what_counts(show, address):
    page = show(f"{address}?lang=en", color_scheme="dark").page
    page.emulate_media(media="print", color_scheme="dark")
    shown = (
        "(selector) => [...document.querySelectorAll(selector)].some((e) => e.checkVisibility())"
    )

    for hidden in (".language-switch", ".ro-filter", ".ro-pager", ".ro-footer", ".ro-map-narrow"):
        assert not page.evaluate(shown, hidden), hidden
    for kept in ("h1", ".ro-notice", ".ro-table"):
        assert page.evaluate(shown, kept), kept
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf(format="A4")[:5] == b"%PDF-"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_follow_the_system(show, scheme):
    page = show("/rollout", color_scheme=scheme).page
    corner = Image.open(io.BytesIO(page.screenshot())).convert("L").getpixel((3, 3))

    assert (corner > LIGHTNESS) == (scheme == "light")


def test_the_poster_of_the_tour_leads_to_it(show):
    page = show("/rollout/tam-thanh?lang=en").page
    box = page.locator(".ro-poster").bounding_box()
    assert box["width"] > 200
    assert page.evaluate("document.querySelector('.ro-poster').naturalWidth") > 0
    assert page.get_attribute("a:has(.ro-poster)", "href") == "/t/tam-thanh?lang=en"
