"""The browser's Back closes what lies open over the scene; addresses that name nothing."""

import pytest


@pytest.fixture
def tour(wall, visit):
    return visit(wall, "phone").open_ready()


def entries(tour):
    return tour.page.evaluate("history.length")


def test_back_closes_a_hotspot_before_it_leaves(tour):
    before = entries(tour)
    tour.page.evaluate("document.querySelector('.vt-marker[data-hotspot=front]').click()")
    assert entries(tour) == before + 1
    tour.page.click(".vt-panel-foot button:last-child")
    assert (tour.state["hotspot"], entries(tour)) == ("back", before + 1)
    tour.page.click("[data-language=en]")
    assert entries(tour) == before + 1
    tour.page.go_back()
    tour.until("vtour.state().panel === null")
    assert tour.page.evaluate("location.search") == "?lang=en"
    tour.until("!location.hash.includes('hotspot')")
    assert tour.state["status"] == "ready"
    tour.check_clean()


@pytest.mark.parametrize("way", ["Escape", "x"])
def test_closing_takes_the_entry_back(tour, way):
    tour.page.click("[data-action=places]")
    assert tour.page.evaluate("history.state.entry") == "layer"
    if way == "x":
        tour.page.click(".vt-panel-close")
    else:
        tour.page.keyboard.press("Escape")
    tour.until("history.state.entry === 'scene'")
    assert tour.state["panel"] is None
    tour.page.click("[data-action=info]")
    assert tour.state["panel"] == "info"
    assert tour.page.evaluate("history.state.entry") == "layer"


@pytest.mark.parametrize("way", ["Escape", "back"])
def test_text_version_is_left_to_where_it_was_opened(tour, way):
    before = entries(tour)
    tour.page.click("[data-action=info]")
    tour.page.click(".vt-panel [data-action=readText]")
    assert tour.page.locator(".vt-text-tour").is_visible()
    assert entries(tour) == before + 1
    if way == "back":
        tour.page.go_back()
    else:
        tour.page.keyboard.press("Escape")
    tour.until("document.querySelector('.vt-text-tour').hidden")
    tour.until("history.state.entry === 'scene'")
    assert tour.page.evaluate("document.activeElement.dataset.action") == "info"


def test_place_that_is_gone_and_language_that_is_not_spoken(wall, visit):
    tour = visit(wall, "phone").open_ready("?lang=fr#hotspot=unknown")
    note = tour.page.locator(".vt-note")
    assert note.inner_text() == "Địa điểm này không còn nữa."
    tour.until("location.hash === ''")
    assert tour.page.evaluate("location.search") == "?lang=vi"
    tour.check_clean()


def test_all_tours_keeps_the_language(wall, visit):
    tour = visit(wall).open("?lang=en")
    assert tour.page.get_attribute(".vt-name a", "href").endswith("?lang=en")


def test_without_script_the_page_is_text(wall, visit):
    tour = visit(wall, "phone", java_script_enabled=False)
    tour.page.goto(tour.base + tour.address + "?lang=en")
    assert not tour.page.locator(".tour-loading").is_visible()
    assert not tour.page.locator(".tour-shell .tour-poster").is_visible()
    item = tour.page.locator(".tour-text li").first
    assert item.is_visible() and item.bounding_box()["x"] >= 24
    assert tour.page.locator(".tour-text img").is_visible()
