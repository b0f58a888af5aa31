"""Small screens, fingers, keyboards, quiet motion: the page serves them all."""

import pytest

PRESSED = "button, a[href], summary, [role=button]"
SHOWN = """(selector) => [...document.querySelectorAll(selector)]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }))
  .map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return { name: element.dataset.action ?? element.className, x, y, width, height };
  })"""
OVERFLOW = """() => [...document.querySelectorAll("html, body, .vt, .vt-panel-body, .vt-text-tour")]
  .filter((element) => element.scrollWidth > element.clientWidth + 1)
  .map((element) => element.className || element.tagName)"""


@pytest.fixture
def narrow(wall, visit):
    """The narrowest phones, and desktop pages at 400 %."""
    return visit(wall, "phone", viewport={"width": 320, "height": 568})


def check_fits(tour):
    assert tour.page.evaluate(OVERFLOW) == []
    for target in tour.page.evaluate(SHOWN, PRESSED):
        assert min(target["width"], target["height"]) >= 44 - 1e-3, target
        if "vt-marker" not in target["name"]:
            assert target["x"] >= -1e-3 and target["x"] + target["width"] <= 320 + 1e-3, target


@pytest.mark.parametrize("language", ["vi", "en", "zh-Hans"])
def test_everything_fits_a_narrow_phone_and_a_finger(narrow, language):
    narrow.open_ready(f"?lang={language}")
    check_fits(narrow)
    narrow.page.click("[data-action=pad]")
    check_fits(narrow)
    narrow.page.click("[data-action=places]")
    check_fits(narrow)
    narrow.page.click(".vt-places button")
    check_fits(narrow)
    narrow.page.click(".vt-panel-close")
    narrow.open_info()
    narrow.page.click("summary")
    check_fits(narrow)
    narrow.page.click("[data-action=readText]")
    check_fits(narrow)


def test_tab_reaches_every_control(wall, visit):
    tour = visit(wall).open_ready()
    tour.page.click("[data-action=pad]")
    wanted = tour.page.evaluate(
        f"[...document.querySelectorAll('{PRESSED}')].filter((element) => "
        "element.checkVisibility({ visibilityProperty: true })).length"
    )
    tour.page.evaluate("document.activeElement.blur()")
    reached = set()
    for _ in range(wanted + 3):
        tour.page.keyboard.press("Tab")
        reached.add(
            tour.page.evaluate(
                f"[...document.querySelectorAll('{PRESSED}')].indexOf(document.activeElement)"
            )
        )
    assert len(reached - {-1}) == wanted


def test_quiet_motion_means_cuts_and_no_animation(wall, visit):
    tour = visit(wall, reduced_motion="reduce").open_ready()
    before = tour.camera
    tour.page.keyboard.press("ArrowRight")
    tour.until("vtour.state().idle")
    assert tour.page.evaluate("vtour.state().idle") and tour.camera[0] > before[0] + 0.3
    tour.open_info()
    running = "document.getAnimations().filter((each) => each.playState === 'running').length"
    assert tour.page.evaluate(running) == 0


def test_keys_scroll_a_panel_that_is_too_long(narrow):
    narrow.open_ready("?lang=en")
    body = narrow.page.locator(".vt-panel-body")
    narrow.page.click("[data-action=places]")
    assert body.get_attribute("tabindex") is None
    narrow.page.keyboard.press("Escape")
    narrow.open_info()
    assert body.get_attribute("tabindex") == "0"
    narrow.page.keyboard.press("Tab")
    narrow.page.keyboard.press("Tab")
    assert narrow.page.evaluate("document.activeElement.className") == "vt-panel-body"
    # A browser that has just started gives the page its first keys and does not scroll.
    for _ in range(5):
        narrow.page.keyboard.press("End")
        narrow.page.wait_for_timeout(400)
    assert narrow.page.evaluate("document.querySelector('.vt-panel-body').scrollTop") > 20
