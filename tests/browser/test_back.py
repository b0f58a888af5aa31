"""The browser's Back closes what lies open over the scene; addresses that name nothing."""

import json

import numpy as np
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
    tour.open_info()
    assert tour.state["panel"] == "info"
    assert tour.page.evaluate("history.state.entry") == "layer"


@pytest.mark.parametrize("way", ["Escape", "back"])
def test_text_version_is_left_to_where_it_was_opened(tour, way):
    before = entries(tour)
    tour.open_info()
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


def test_text_version_is_offered_only_where_there_is_text(wall, visit):
    manifest = json.loads((wall / "tour.json").read_text(encoding="utf-8"))
    del manifest["description"], manifest["hotspots"]
    bare = visit(wall)
    bare.page.route("**/tour.json*", lambda route: route.fulfill(json=manifest))
    bare.open_ready()
    bare.open_info()
    assert bare.page.locator(".vt-panel .vt-figures").is_visible()
    assert bare.page.locator("[data-action=readText]").count() == 0


def test_on_paper_a_tour_is_its_text(wall, visit):
    tour = visit(wall).open_ready("?lang=en")
    tour.page.emulate_media(media="print")
    tour.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    text = tour.page.locator(".vt-text-tour")
    assert "Four colours." in text.inner_text() and "The front" in text.inner_text()
    assert tour.page.locator(".vt-print-poster").is_visible()
    for gone in (".vt-bar", "canvas", ".vt-text-tour .vt-choice"):
        assert not tour.page.locator(gone).is_visible()
    tour.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    tour.page.emulate_media(media="screen")
    assert not text.is_visible()
    tour.check_clean()


def test_first_view_of_a_phone_shows_all_and_zooms_both_ways(wall, visit):
    tour = visit(wall, "phone").open_ready()
    cols = np.nonzero(tour.model_mask().any(axis=0))[0]
    assert cols.min() > 0 and cols.max() < 389
    assert cols.max() - cols.min() > 0.8 * 390
    reach = np.linalg.norm(tour.camera[:3] - tour.camera[3:])
    for key, nearer in (("-", False), ("Home", None), ("+", True)):
        tour.page.keyboard.press(key)
        tour.settle()
        now = np.linalg.norm(tour.camera[:3] - tour.camera[3:])
        if nearer is not None:
            assert (now < 0.95 * reach) if nearer else (now > 1.05 * reach)
