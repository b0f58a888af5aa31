"""The way into augmented reality: who gets a button, where it leads, who gets a word instead."""

import json
import shutil
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from vtour.files import file_digest, write_json

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1"
)
ZALO = f"{ANDROID} Zalo android/24.10"
SITE = "https://di-san.example"
BUTTON = "[data-action=ar]"
NOTE = ".vt-note[data-shown=true]"
FILES = {"App3D": "model/site.ar.glb", "iOSApp3D": "model/site.ar.usdz"}


@pytest.fixture(scope="module")
def with_ar(wall, tmp_path_factory):
    """The wall with files for Scene Viewer and Quick Look. Nothing here opens them."""
    folder = tmp_path_factory.mktemp("packages") / "ar"
    shutil.copytree(wall, folder)
    manifest = json.loads((folder / "tour.json").read_text(encoding="utf-8"))
    for usage, uri in FILES.items():
        shutil.copyfile(folder / "model/site.thumb.glb", folder / uri)
        digest = file_digest(folder / uri)
        size = (folder / uri).stat().st_size
        entry = {"usage": usage, "quality": "AR", "uri": uri, "bytes": size, "faces": 10}
        manifest["models"][0]["derivatives"].append({**entry, "sha256": digest})
        manifest["files"][uri] = digest
    write_json(folder / "tour.json", manifest)
    return folder


@pytest.fixture
def open_as(visit):
    """``open_as(folder, user_agent)``: the tour on a phone, over https as on a real site."""

    def start(folder, user_agent, query="?lang=en", prepare=lambda tour: tour):
        tour = visit(folder, "phone", user_agent=user_agent)
        server, tour.base = tour.base, SITE

        def answer(route):
            url = urlsplit(route.request.url)
            address = server + url.path + (f"?{url.query}" if url.query else "")
            route.fulfill(response=route.fetch(url=address))

        tour.page.route(f"{SITE}/**", answer)
        prepare(tour)
        tour.open_ready(query)
        tour.page.wait_for_timeout(300)
        return tour

    return start


def test_android_gets_a_link_to_scene_viewer(with_ar, open_as):
    tour = open_as(with_ar, ANDROID)
    link = tour.page.locator(BUTTON)
    assert link.is_visible()
    assert link.get_attribute("aria-label") == "View in your space (AR)"
    box = link.bounding_box()
    assert box["width"] >= 44 and box["height"] >= 44 and box["x"] + box["width"] <= 390
    address, _, intent = link.get_attribute("href").partition("#Intent;")
    fields = parse_qs(urlsplit(address).query)
    assert address.startswith("intent://arvr.google.com/scene-viewer/1.0?")
    digest = file_digest(with_ar / FILES["App3D"])[:16]
    assert fields["file"] == [f"{SITE}{tour.address}/files/{FILES['App3D']}?v={digest}"]
    assert fields["mode"] == ["ar_preferred"] and fields["title"] == ["The wall"]
    assert fields["link"] == [f"{SITE}{tour.address}?lang=en"]
    back = next(x for x in intent.split(";") if x.startswith("S.browser_fallback_url="))
    assert unquote(back.partition("=")[2]) == f"{SITE}{tour.address}?lang=en#no-ar"
    tour.page.click("[data-language=zh-Hans]")
    assert link.get_attribute("aria-label") == "在您的空间中查看（AR）"
    tour.check_clean()


def test_android_without_scene_viewer_is_told_and_stays_where_it_was(with_ar, open_as):
    tour = open_as(with_ar, ANDROID)
    before = tour.camera
    tour.page.evaluate("location.hash = 'no-ar'")
    tour.until(f"document.querySelector('{NOTE}')?.textContent.includes('cannot open AR')")
    tour.until("location.hash === ''")
    tour.settle()
    assert tour.camera == pytest.approx(before)


def test_iphone_gets_a_link_for_quick_look(with_ar, open_as):
    tour = open_as(with_ar, IPHONE, "")
    link = tour.page.locator(BUTTON)
    assert link.get_attribute("aria-label") == "Xem mô hình tại chỗ của bạn (AR)"
    assert link.get_attribute("rel") == "ar"
    assert link.evaluate("link => [...link.children].map(({ tagName }) => tagName)") == ["IMG"]
    assert link.locator("img").evaluate("img => img.complete && img.naturalWidth > 0")
    url = urlsplit(link.get_attribute("href"))
    assert url.path == f"{tour.address}/files/{FILES['iOSApp3D']}"
    assert parse_qs(url.fragment)["canonicalWebPageURL"] == [f"{SITE}{tour.address}"]
    tour.check_clean()


def test_browser_inside_an_app_says_where_to_go(with_ar, open_as):
    tour = open_as(with_ar, ZALO)
    tour.page.click(BUTTON)
    tour.until(
        f"document.querySelector('{NOTE}')?.textContent.includes('Open this page in Chrome')"
    )
    assert tour.page.url.startswith(SITE)


@pytest.mark.parametrize("user_agent", [ANDROID, IPHONE])
def test_no_button_without_a_file(wall, open_as, user_agent):
    tour = open_as(wall, user_agent)
    assert tour.page.locator(BUTTON).count() == 0


def test_no_button_on_a_computer(with_ar, visit):
    tour = visit(with_ar).open_ready()
    tour.page.wait_for_timeout(300)
    assert tour.page.locator(BUTTON).count() == 0
    assert tour.state["quality"] == "Medium", "files for AR are no step of detail"
