"""What visitors are told when something fails, and how they go on."""

import json

import pytest

MODELS = "**/model/*.glb*"
THUMB = "**/site.thumb.glb*"
FINER = "**/site.medium.glb*"


@pytest.fixture
def tour(wall, visit):
    return visit(wall)


def problem_of(tour):
    tour.until("vtour.state().status === 'problem'")
    alert = tour.page.locator("[role=alert]")
    assert alert.is_visible()
    return tour.state["problem"], alert.locator("h2").inner_text()


def test_missing_model_says_so_and_can_be_tried_again(tour):
    tour.page.route(MODELS, lambda route: route.fulfill(status=404))
    tour.open()
    assert problem_of(tour) == ("model-missing", "Không tìm thấy mô hình 3D")
    tour.page.click("[data-language=en]")
    assert problem_of(tour)[1] == "The 3D model was not found"
    tour.page.unroute(MODELS)
    tour.page.click("[data-action=retry]")
    tour.settle()
    assert tour.state["status"] == "ready"
    assert tour.model_mask().mean() > 0.05
    tour.check_clean(console=False)


def test_damaged_model_says_so_and_the_text_can_be_read(tour):
    tour.page.route(MODELS, lambda route: route.fulfill(body=b"glTF, not really"))
    tour.open("?lang=en")
    assert problem_of(tour)[0] == "model-broken"
    tour.page.click("[data-action=readText]")
    text = tour.page.locator(".vt-text-tour").inner_text()
    assert "Four colours." in text and "The front" in text
    tour.check_clean()


@pytest.mark.parametrize("answer", [{"status": 404}, {"body": b"glTF, not really"}])
def test_coarsest_model_that_fails_gives_way_to_the_next_and_says_so(tour, answer):
    tour.page.route(THUMB, lambda route: route.fulfill(**answer))
    tour.open("?lang=en")
    tour.settle()
    assert (tour.state["status"], tour.state["quality"]) == ("ready", "Medium")
    assert tour.model_mask().mean() > 0.05
    note = tour.page.locator(".vt-note[data-shown=true]")
    assert note.inner_text() == "One version of the model could not be opened: showing another."


@pytest.mark.parametrize("answer", [{"status": 404}, {"body": b"glTF, not really"}])
def test_finer_model_that_fails_leaves_the_coarse_one_and_says_so(tour, answer):
    tour.page.route(FINER, lambda route: route.fulfill(**answer))
    tour.open("?lang=en")
    tour.settle()
    assert (tour.state["status"], tour.state["quality"]) == ("ready", "Thumb")
    assert tour.model_mask().mean() > 0.05
    note = tour.page.locator(".vt-note[data-shown=true]")
    assert note.inner_text() == "More detail could not be loaded: showing lower quality."


def test_progress_of_a_finer_model_is_seen_but_not_in_the_way(wall, visit):
    manifest = json.loads((wall / "tour.json").read_text(encoding="utf-8"))
    manifest["models"][0]["derivatives"][1]["bytes"] = 2_000_000
    tour = visit(wall, "phone")
    tour.page.route("**/tour.json*", lambda route: route.fulfill(json=manifest))
    held = []
    tour.page.route(FINER, lambda route: held.append(route))
    tour.open("?lang=en")
    tour.until("vtour.state().status === 'ready' && vtour.state().idle")
    tour.until("document.querySelector('.vt-note').dataset.shown === 'true'")
    note = tour.page.locator(".vt-note")
    assert note.locator("span").all_inner_texts() == ["Loading more detail", "0 / 2 MB"]
    box = note.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    for control in tour.page.locator(".vt button:visible").all():
        assert apart(box, control.bounding_box()), control.get_attribute("class")
    # A drag that starts on it turns the camera.
    before = tour.camera
    tour.page.mouse.move(box["x"] + 20, box["y"] + 10)
    tour.page.mouse.down()
    tour.page.mouse.move(box["x"] + 90, box["y"] + 10, steps=4)
    tour.page.mouse.up()
    tour.until("vtour.state().idle")
    assert tour.camera[0] < before[0] - 0.3
    assert note.get_attribute("data-shown") == "true"
    held[0].continue_()
    tour.until("vtour.state().quality === 'Medium' && vtour.state().complete")
    assert note.get_attribute("data-shown") == "false"


def apart(a, b):
    beside = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
    return beside or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]


def test_finer_model_comes_when_the_network_is_back(tour):
    tour.page.route(FINER, lambda route: route.abort())
    tour.open("?lang=en")
    tour.until("vtour.state().status === 'ready' && vtour.state().complete")
    assert "lower quality" in tour.page.locator(".vt-note").inner_text()
    tour.page.unroute(FINER)
    tour.page.evaluate("window.dispatchEvent(new Event('online'))")
    tour.until("vtour.state().quality === 'Medium'")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 404}, "manifest-missing"),
        ({"status": 503}, "network"),
        ({"body": "{"}, "manifest-broken"),
        ({"json": {"id": "wall", "world": {}, "asset": {"version": "2.0"}}}, "manifest-newer"),
        ({"json": {"id": "wall", "world": {}, "asset": {}}}, "no-model"),
    ],
)
def test_manifest_that_cannot_be_used(tour, answer, kind):
    tour.page.route("**/tour.json*", lambda route: route.fulfill(**answer))
    tour.open()
    assert problem_of(tour)[0] == kind


def test_without_webgl_the_text_remains(tour):
    tour.page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    tour.open("?lang=en")
    assert problem_of(tour) == ("no-webgl", "This browser cannot show 3D")
    assert tour.page.locator("[data-action=retry]").count() == 0
    tour.page.click("[data-action=readText]")
    assert tour.page.locator(".vt-text-tour h2").inner_text() == "The wall"


def test_lost_context_is_recovered(tour):
    tour.open_ready()
    before = tour.model_mask().mean()
    tour.page.evaluate(
        """() => {
          const gl = document.querySelector("canvas").getContext("webgl2");
          window.lost = gl.getExtension("WEBGL_lose_context");
          window.lost.loseContext();
        }"""
    )
    tour.until("document.querySelector('.vt-curtain').dataset.look === 'busy'")
    tour.page.evaluate("window.lost.restoreContext()")
    tour.until("document.querySelector('.vt-curtain').dataset.look === 'hidden'")
    tour.settle()
    assert tour.model_mask().mean() == pytest.approx(before, abs=0.02)
