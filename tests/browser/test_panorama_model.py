"""From a panorama to the model and back, and what axe-core finds in the tour page."""

import numpy as np
import pytest

from tests.browser.conftest import WEB
from tests.browser.needs import lacks

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`)"""


@pytest.fixture
def tour(walk_with_model, visit):
    return visit(walk_with_model, "desktop")


def to_model(tour):
    tour.page.click("[data-action=mode]")
    tour.until("vtour.state().panorama === null && !vtour.state().flying", 40)
    return tour.settle()


def test_model_is_loaded_when_it_is_asked_for(tour):
    asked = []
    tour.page.on("request", lambda request: asked.append(request.url))
    tour.open_ready()
    assert tour.panorama["node"] == "a" and not [url for url in asked if ".glb" in url]
    to_model(tour)
    assert [url for url in asked if ".glb" in url]
    assert tour.state["quality"] == "High"
    assert tour.page.locator(".vt-ways").is_hidden()
    tour.until("location.hash.startsWith('#view=') && !location.search.includes('node')")
    tour.check_clean()


def test_there_and_back_keeps_the_heading(tour):
    tour.open_ready("?node=a&yaw=40&pitch=-5")
    to_model(tour)
    position, target = np.split(tour.camera, 2)
    ahead = target - position
    assert np.degrees(np.arctan2(ahead[0], -ahead[2])) == pytest.approx(40, abs=0.5)
    tour.page.click("[data-action=mode]")
    tour.until("vtour.state().panorama?.node === 'a'")
    tour.settle()
    assert tour.panorama["heading_deg"] == pytest.approx(40, abs=0.5)
    assert tour.panorama["pitch_deg"] == pytest.approx(0, abs=1e-6)
    tour.until("location.search.includes('node=a') && location.hash === ''")


def test_camera_flies_between_both(walk_with_model, visit):
    tour = visit(walk_with_model, "desktop", reduced_motion="no-preference")
    tour.open_ready("?node=b&yaw=0")
    tour.page.evaluate(
        """() => {
          window.__ways = [];
          const look = () => {
            const { flying } = vtour.state();
            if (flying) window.__ways.push(document.querySelector(".vt-plan-cone")
              .parentElement.getAttribute("transform"));
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    to_model(tour)
    there = tour.page.evaluate("new Set(window.__ways).size")
    tour.page.click("[data-action=mode]")
    tour.until("vtour.state().panorama?.node === 'b' && !vtour.state().flying", 40)
    tour.settle()
    back = tour.page.evaluate("new Set(window.__ways).size") - there
    assert there >= 2 and back >= 1, "the camera jumped"
    # What is seen in the end is the panorama, whole.
    assert abs(np.median(tour.scene()[..., 2]) - 100) < 6


def test_link_to_a_camera_begins_at_the_model(tour):
    asked = []
    tour.page.on("request", lambda request: asked.append(request.url))
    tour.open_ready("#view=0,3,8,0,1,0")
    models = [url for url in asked if ".glb" in url]
    assert len(models) == len(set(models)), "loaded twice"
    assert tour.panorama is None
    assert tour.camera == pytest.approx([0, 3, 8, 0, 1, 0], abs=1e-3)
    tour.page.click("[data-action=nodes]")
    tour.until("document.querySelector('.vt-nodes [data-node=c]') !== null")
    tour.page.click(".vt-nodes [data-node=c]")
    tour.until("vtour.state().panorama?.node === 'c'")


def test_model_that_is_missing_says_so_and_the_panorama_stays(tour):
    tour.page.route("**/*.glb*", lambda route: route.fulfill(status=404))
    tour.open_ready()
    tour.page.click("[data-action=mode]")
    tour.until("document.querySelector('.vt-note').innerText.includes('mô hình 3D')")
    assert tour.panorama["node"] == "a" and tour.state["status"] == "ready"


def check_axe(tour):
    assert tour.page.evaluate(RUN_AXE) == []


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_axe_finds_nothing_serious(walk_with_model, visit, device):
    if not AXE.is_file():
        lacks("viewer/web: axe-core is missing, run npm ci there")
    tour = visit(walk_with_model, device)
    tour.page.add_init_script(path=AXE)
    tour.open_ready("?node=b&yaw=-60")
    check_axe(tour)
    tour.page.click("[data-action=places]")
    tour.page.click(".vt-places button")
    tour.settle()
    check_axe(tour)
    tour.page.keyboard.press("Escape")
    tour.page.click("[data-action=nodes]")
    tour.until("vtour.state().panel === 'nodes'")
    check_axe(tour)
    tour.page.keyboard.press("Escape")
    tour.page.click(".vt-plan-open")
    tour.until("vtour.state().panel === 'plan'")
    check_axe(tour)
    tour.page.keyboard.press("Escape")
    to_model(tour)
    check_axe(tour)
