"""Pages for people: their policy, languages, and what they say when something is missing."""

import re

import pytest
from sample_packages import change_manifest, write_package, write_walk

from viewer import create_app
from viewer.headers import page_policy as policy_for
from viewer.texts import TEXTS, size_words
from vtour.errors import InputError, OptionError


def text_of(response):
    return response.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/", "/t/box", "/nope", "/t/nope"])
def test_pages_carry_exactly_the_policy(client, path, page_policy):
    response = client.get(path)

    assert response.headers["Content-Security-Policy"] == page_policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.mimetype == "text/html"


@pytest.mark.parametrize("path", ["/", "/t/box", "/nope"])
def test_pages_keep_to_their_own_policy(client, path):
    page = text_of(client.get(path))

    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    loaded = re.findall(r"<(?:script|img|link rel=\"(?:stylesheet|modulepreload)\")[^>]*"
                        r"(?:src|href)=\"([^\"]+)\"", page)  # fmt: skip
    assert all(url.startswith("/") and not url.startswith("//") for url in loaded), loaded


@pytest.mark.parametrize(
    ("ancestors", "said"),
    [
        (("none",), "'none'"),
        (("self", "https://portal.example:8443"), "'self' https://portal.example:8443"),
        (("https://*.gov.vn",), "https://*.gov.vn"),
    ],
)
def test_frame_ancestors(packages, static, ancestors, said):
    client = create_app([packages], frame_ancestors=ancestors, static=static).test_client()

    policy = client.get("/").headers["Content-Security-Policy"]
    assert policy.endswith(f"frame-ancestors {said}")


@pytest.mark.parametrize(
    "ancestors", [(), ("none", "self"), ("self; script-src *",), ("a b",), ("\n",), ("'unsafe'",)]
)
def test_frame_ancestors_that_are_none(ancestors):
    with pytest.raises(OptionError, match="frame-ancestors"):
        policy_for(ancestors)


@pytest.mark.parametrize(
    ("query", "accept", "lang"),
    [
        ("", None, "vi"),
        ("", "en-GB,en;q=0.8", "en"),
        ("", "zh-CN", "zh-Hans"),
        ("", "fr", "en"),
        ("?lang=vi", "en", "vi"),
        ("?lang=xx", "en", "en"),
    ],
)
def test_language_of_a_page(client, query, accept, lang):
    headers = {"Accept-Language": accept} if accept else {}
    response = client.get(f"/t/box{query}", headers=headers)

    assert response.headers["Content-Language"] == lang
    assert f'<html lang="{lang}"' in text_of(response)
    title = {"vi": "Hộp", "en": "Box", "zh-Hans": "盒子"}[lang]
    assert title in text_of(response)


def test_tour_page_loads_the_built_front_end_and_works_as_text(client):
    page = text_of(client.get("/t/box?lang=en"))

    for name in ("assets/tour-abc.js", "assets/tour-abc.css", "assets/three-def.js"):
        assert f"/static/{name}" in page
    without_script = re.search(r"<noscript>(.*)</noscript>", page, re.DOTALL).group(1)
    assert "Top" in without_script and "The top." in without_script
    assert TEXTS["needs_script"]["en"] in without_script
    assert TEXTS["loading"]["en"] not in without_script
    assert "tour-poster" not in without_script


@pytest.mark.parametrize("path", ["/", "/t/box"])
def test_the_canonical_address_does_not_follow_the_host(client, path):
    page = text_of(client.get(f"{path}?lang=en", headers={"Host": "evil.example"}))

    assert f'<link rel="canonical" href="{path}?lang=en">' in page
    assert 'property="og:url"' not in page


def test_texts_from_a_package_are_escaped(packages, static):
    def attack(value):
        value["name"] = {"vi": "<script>alert(1)</script>"}
        value["hotspots"][0]["text"] = {"vi": '"><img src=x>'}

    change_manifest(packages / "box", attack)
    client = create_app([packages], static=static).test_client()

    for path in ("/", "/t/box"):
        page = text_of(client.get(path))
        assert "<script>alert" not in page and "<img src=x" not in page


def test_front_end_that_is_not_built_is_said(packages, tmp_path):
    client = create_app([packages], static=tmp_path / "none").test_client()

    for path in ("/t/box?lang=en", "/?lang=en"):
        response = client.get(path)
        assert response.status_code == 200
    page = text_of(client.get("/t/box?lang=en"))
    assert "npm run build" in page and "The top." in page
    assert client.get("/nope?lang=en").status_code == 404
    assert client.get("/static/assets/tour-abc.js").status_code == 404


def test_index_lists_tours_and_names_what_is_broken(packages, static):
    (packages / "bad").mkdir()
    (packages / "bad" / "tour.json").write_text('{"id": "bad"}')
    page = text_of(create_app([packages], static=static).test_client().get("/?lang=en"))

    assert 'href="/t/box' in page
    assert "bad" in page and "Field required" in page
    assert str(packages) not in page


def test_no_tours_is_said(tmp_path, static):
    (tmp_path / "empty").mkdir()
    page = create_app([tmp_path / "empty"], static=static).test_client().get("/?lang=en")

    assert TEXTS["no_tours"]["en"] in text_of(page)


def test_unknown_tour_is_a_404_in_the_visitors_language(client):
    response = client.get("/t/nope", headers={"Accept-Language": "zh"})

    assert response.status_code == 404
    assert TEXTS["not_found_title"]["zh-Hans"] in text_of(response)
    assert response.headers["Cache-Control"] == "no-store"


def test_a_slash_too_many_leads_to_the_tour(client):
    response = client.get("/t/box/?lang=en")

    assert (response.status_code, response.headers["Location"]) == (308, "/t/box?lang=en")


def test_paths_that_are_wrong_and_ids_used_twice(packages, tmp_path):
    write_package(packages / "twin", "box")
    with pytest.raises(InputError, match="expected every id once"):
        create_app([packages])
    with pytest.raises(InputError, match="nothing there"):
        create_app([tmp_path / "nope"])
    with pytest.raises(InputError, match="a file"):
        create_app([tmp_path / "secret.txt"])


def test_health(client):
    response = client.get("/healthz")

    assert response.get_json() == {"status": "ok"}
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("key", TEXTS)
def test_every_word_is_there_in_three_languages(key):
    assert set(TEXTS[key]) == {"vi", "en", "zh-Hans"}
    assert all(TEXTS[key].values())


def test_sizes_for_people():
    assert size_words(174_048, "vi") == "174 kB"
    assert size_words(1_350_000, "vi") == "1,4 MB"
    assert size_words(1_350_000, "en") == "1.4 MB"
    assert size_words(12, "en") == "1 kB"


@pytest.mark.parametrize("condition", ["*", '"x"'])
def test_conditions_do_not_hide_errors(client, condition):
    answer = client.get("/nope", headers={"If-None-Match": condition})

    assert answer.status_code == 404
    assert "ETag" not in answer.headers


@pytest.fixture(scope="module")
def walk_client(tmp_path_factory):
    """Panoramas without a model and without a poster."""
    folder = write_walk(tmp_path_factory.mktemp("walks") / "walk")
    return create_app([folder], static=folder / "none").test_client()


def test_tour_of_panoramas_shows_its_first_sphere(walk_client):
    page = text_of(walk_client.get("/t/walk"))

    image = re.search(r'<meta property="og:image" content="([^"]+)">', page)
    assert image and "/t/walk/files/panoramas/a/base.webp?v=" in image[1]
    assert '<meta property="og:image:width" content="1024">' in page
    with walk_client.get(image[1].removeprefix("http://localhost")) as answer:
        assert answer.mimetype == "image/webp"
    assert "panoramas/a/base.webp" in text_of(walk_client.get("/"))
    poster = walk_client.get("/api/v1/tours/walk").get_json()["poster"]
    assert (poster["width"], poster["height"]) == (1024, 512)


@pytest.mark.parametrize(("query", "node"), [("?node=b&yaw=3", "b"), ("?node=../c", "a")])
def test_picture_is_of_the_node_that_the_link_names(walk_client, query, node):
    page = text_of(walk_client.get(f"/t/walk{query}"))

    image = re.search(r'<meta property="og:image" content="([^"]+)">', page)
    assert image and f"/panoramas/{node}/base.webp" in image[1]


def test_tour_of_panoramas_names_its_nodes_as_text(walk_client):
    page = text_of(walk_client.get("/t/walk?lang=en"))

    assert "<h3>Viewpoints</h3>" in page
    assert re.findall(r"<span>(Spot \w)</span>", page) == ["Spot a", "Spot b", "Spot c"]


def test_picture_is_of_the_node_that_the_tour_begins_in(tmp_path):
    start = {"position": [0, 0, 0], "target": [1, 0, 0], "node": "c"}
    folder = write_walk(tmp_path / "walk", start=start)
    client = create_app([folder], static=tmp_path / "none").test_client()

    assert "panoramas/c/base.webp" in text_of(client.get("/t/walk"))
