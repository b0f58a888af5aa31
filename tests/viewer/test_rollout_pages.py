"""The pages of the rollout: what they show, to whom, in which language, and what they keep back."""

import re
import subprocess
import sys
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
import yaml

from tests.rollout.rollout_sample import (
    HEAD,
    SITES,
    make_rollout,
    report,
    write_report,
    write_rollout,
)
from tests.sample_packages import write_package
from viewer import create_app
from viewer.rollout_texts import ROLLOUT_TEXTS, day_words, number_words
from vtour.errors import InputError
from vtour.rollout.ledger import Actor, Proposal, record
from vtour.schema.catalog import Role, SiteState

ATTACK = "\"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}'"


class Page(HTMLParser):
    """Tags with their attributes, and the text of the body."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data + " "

    def of(self, tag, css=""):
        return [a for t, a in self.tags if t == tag and css in (a.get("class") or "")]


@pytest.fixture
def catalog(tmp_path):
    return write_rollout(tmp_path / "rollout")


@pytest.fixture
def serve(packages, static):
    return lambda catalog: create_app([packages], static=static, catalog=catalog).test_client()


@pytest.fixture
def client(serve, catalog):
    return serve(catalog)


def page_of(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    return Page(response.get_data(as_text=True))


def rows(client, query=""):
    """The ids of the sites in the table, in its order."""
    page = client.get(f"/rollout?lang=en{query}").get_data(as_text=True)
    body = re.search(r"<tbody>\s*<tr>\s*<th scope=\"row\">.*?</tbody>", page, re.DOTALL)
    return re.findall(r'<th scope="row"><a href="/rollout/([a-z0-9-]+)\?', body[0]) if body else []


def test_every_word_has_both_languages():
    for key, texts in ROLLOUT_TEXTS.items():
        assert list(texts) == ["vi", "en"], key
        names = [set(re.findall(r"{(\w+)}", text)) for text in texts.values()]
        assert names[0] == names[1], key


def test_without_a_catalogue_there_is_no_rollout(packages, static):
    client = create_app([packages], static=static).test_client()

    for address in ("/rollout", "/rollout/", "/rollout/tam-thanh", "/api/v1/sites", "/api/v1/kpi",
                    "/api/v1/sites.geojson", "/api/v1/ogc", "/api/v1/ogc/collections"):  # fmt: skip
        assert client.get(address).status_code == 404, address


def test_a_catalogue_that_cannot_be_used_stops_the_server(tmp_path, packages, static):
    (tmp_path / "catalog.yaml").write_text("version: 1\n")

    with pytest.raises(InputError, match=r"catalog\.yaml.*programme"):
        create_app([packages], static=static, catalog=tmp_path / "catalog.yaml")


@pytest.mark.parametrize("address", ["/rollout", "/rollout/tam-thanh", "/rollout/nope"])
def test_pages_carry_the_policy_and_keep_to_it(client, address, page_policy):
    response = client.get(address)
    page = response.get_data(as_text=True)

    assert response.headers["Content-Security-Policy"] == page_policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", page)


@pytest.mark.parametrize(
    ("query", "accept", "lang"),
    [("", None, "vi"), ("", "en-GB", "en"), ("?lang=en", "vi", "en"), ("?lang=zh-Hans", "vi", "en"),
     ("", "fr", "en"), ("?lang=xx", "vi", "vi")],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/rollout", "/rollout/tam-thanh"])
def test_language(client, address, query, accept, lang):
    headers = {"Accept-Language": accept} if accept else {}
    response = client.get(address + query, headers=headers)

    assert response.headers["Content-Language"] == lang
    assert f'<html lang="{lang}"' in response.get_data(as_text=True)
    name = {"vi": "Động Tam Thanh", "en": "Tam Thanh cave"}[lang]
    assert name in response.get_data(as_text=True)


def test_language_links_keep_the_filter(client):
    page = page_of(client, "/rollout?lang=en&phase=2021&late=1")

    assert "/rollout?phase=2021&late=1&lang=vi" in [a.get("href") for a in page.of("a")]


def test_the_notice_and_the_figures_stand_first(client):
    page = page_of(client, "/rollout?lang=en")

    assert "An illustrative selection, not the official list." in page.text
    assert page.text.index("An illustrative") < page.text.index("Phases")
    told = " ".join(page.text.split())
    assert "Accepted 1 of 6 sites" in told  # 3 + 3 asked for, Tam Thanh accepted
    assert "Late 5 of 6 sites listed" in told  # all but Tam Thanh are past 2022
    assert "1 of 3 sites accepted" in told and "0 of 3 sites accepted" in told


def test_placeholders_are_never_pins_and_listed_apart(client):
    page = page_of(client, "/rollout?lang=en")
    pins = {a["href"].split("?")[0] for a in page.of("a", "ro-pin")}

    assert pins == {f"/rollout/{site}" for site in (
        "tam-thanh", "nhi-thanh", "den-ky-cung", "ai-chi-lang", "huu-nghi")}  # fmt: skip
    assert "No location yet (1)" in page.text
    assert "21.90000" not in client.get("/rollout/chua-bac-nga").get_data(as_text=True)


def test_pins_say_their_state_in_words_and_form(client):
    page = page_of(client, "/rollout?lang=en")
    pins = {a["href"].split("?")[0]: a for a in page.of("a", "ro-pin")}
    pin = pins["/rollout/nhi-thanh"]

    assert "k-triangle" in pin["class"] and "Returned" in pin["aria-label"]
    assert "late by" in pin["aria-label"]
    assert "Border zone" in pins["/rollout/huu-nghi"]["aria-label"]


@pytest.mark.parametrize(
    ("query", "sites"),
    [
        ("&phase=2021", ["tam-thanh", "nhi-thanh", "den-ky-cung"]),
        ("&state=returned", ["nhi-thanh"]),
        ("&contractor=C%C3%B4ng+ty+B", ["den-ky-cung", "ai-chi-lang"]),
        ("&late=1&phase=2021", ["nhi-thanh", "den-ky-cung"]),
        ("&q=chi+lang", ["ai-chi-lang"]),
        ("&q=CHI+L%C4%82NG", ["ai-chi-lang"]),
        ("&q=05986", ["tam-thanh", "nhi-thanh"]),
        ("&q=dong+dang", ["huu-nghi", "chua-bac-nga"]),
        ("&q=cao+l%E1%BB%99c", ["huu-nghi", "chua-bac-nga"]),
        ("&q=no+such+place", []),
        ("&phase=1999&state=x&contractor=%3Cb%3E&sort=evil&page=-3", None),
    ],
)
def test_filter(client, query, sites):
    everything = rows(client)
    assert rows(client, query) == (everything if sites is None else sites)


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        ("name", "chua-bac-nga", "tam-thanh"),  # Bắc Nga, Chi Lăng, Hữu Nghị, Kỳ Cùng, Nhị, Tam
        ("phase", "tam-thanh", "chua-bac-nga"),
        ("state", "huu-nghi", "nhi-thanh"),
        ("due", "nhi-thanh", "tam-thanh"),
        ("late", "nhi-thanh", "tam-thanh"),
        ("since", "huu-nghi", "tam-thanh"),
        ("contractor", "tam-thanh", "chua-bac-nga"),
    ],
)
def test_sort_both_ways(client, key, first, last):
    up, down = rows(client, f"&sort={key}"), rows(client, f"&sort={key}&down=1")

    assert (up[0], up[-1]) == (first, last)
    assert sorted(up) == sorted(down) and down[0] != up[0]


def test_sorted_column_is_told_to_readers(client):
    page = page_of(client, "/rollout?lang=en&sort=name")
    heads = [a for a in page.of("th") if "aria-sort" in a]

    assert [a["aria-sort"] for a in heads] == ["ascending"]
    assert "/rollout?lang=en&sort=name&down=1#sites" in [a.get("href") for a in page.of("a")]


def test_long_catalogues_come_in_pages(tmp_path, serve):
    site = SITES.split("  - id: ")[3]
    many = "".join(f"  - id: {site.replace('den-ky-cung', f'site-{n}')}" for n in range(230))
    client = serve(make_rollout(tmp_path / "many", SITES + many, {}))

    assert len(rows(client)) == 100 and len(rows(client, "&page=3")) == 36
    assert rows(client, "&page=99") == rows(client, "&page=3")
    assert "101–200 of 236 sites" in page_of(client, "/rollout?lang=en&page=2").text
    page = page_of(client, "/rollout?lang=en&page=2")
    assert [a["rel"] for a in page.of("a") if a.get("rel")] == ["prev", "next"]
    clusters = page.of("g", "ro-cluster")
    assert clusters and any("site" in a["aria-label"] for a in clusters)


def test_site_page_tells_everything(client):
    text = page_of(client, "/rollout/tam-thanh?lang=en").text

    for told in ("Tam Thanh cave", "三清洞", "national, 1962", "Phường Tam Thanh (05986)",
                 "Thành phố Lạng Sơn", "21.85557, 106.74680", "showcaves.com", "Công ty A",
                 "1 Jun 2021", "17 May 2021", "early by 15 d", "≤\u00a00.02\u00a0m",
                 "0.012\u00a0m", "a" * 64, "b" * 64, "c" * 64, "một liên kết ngoài hỏng",
                 "12/GP-SVHTT", "77/TC-QC", "Nguyễn An", "entry 6 of the log"):  # fmt: skip
        assert told in text, told


def test_a_returned_site_says_to_whom_and_why(client):
    text = page_of(client, "/rollout/nhi-thanh?lang=vi").text

    assert "trả cho Công ty A" in text and "GSD 3,4 cm: chụp lại mặt tiền" in text
    assert "0,034\u00a0m" in text and "không đạt" in text


def test_files_of_permits_and_records_are_kept_back(client):
    for address in ("/rollout/tam-thanh", "/api/v1/sites/tam-thanh"):
        page = client.get(address).get_data(as_text=True)
        assert "p.pdf" not in page and "records/" not in page


def test_the_tour_of_a_site_is_shown_when_the_server_has_it(client, packages):
    assert "/t/tam-thanh" not in client.get("/rollout/tam-thanh").get_data(as_text=True)
    write_package(packages / "tam-thanh", "tam-thanh")
    client.application.extensions["library"]._looked_s = float("-inf")
    page = page_of(client, "/rollout/tam-thanh?lang=en")

    assert "/t/tam-thanh?lang=en" in [a.get("href") for a in page.of("a")]
    assert [a["src"] for a in page.of("img", "ro-poster")]
    tour = client.get("/api/v1/sites/tam-thanh").get_json()["tour"]
    assert tour == "/t/tam-thanh"


def test_unknown_site_is_not_found(client):
    for site in ("nope", "TAM-THANH", "..", "%2e%2e"):
        assert client.get(f"/rollout/{site}").status_code == 404


def test_slash_is_redirected(client):
    response = client.get("/rollout/?lang=en&phase=2021")

    assert response.status_code == 308
    assert response.headers["Location"] == "/rollout?lang=en&phase=2021"


def test_etag_saves_a_second_answer(client):
    first = client.get("/rollout?lang=en")
    again = client.get("/rollout?lang=en", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed(client, method):
    for address in ("/rollout", "/rollout/tam-thanh", "/api/v1/sites", "/api/v1/ogc"):
        assert client.open(address, method=method).status_code == 405


TEXTS = {"vi", "en", "zh-Hans", "source", "commune", "former_district", "contractor", "number",
         "issuer", "plan"}  # fmt: skip


def with_attack(value, key=""):
    """The value with an attack in the place of every free text."""
    if isinstance(value, dict):
        return {name: with_attack(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [with_attack(item) for item in value]
    return ATTACK if key in TEXTS or value == "cave" else value


def attacked(tmp_path):
    """A catalogue with an attack in every text."""
    value = with_attack(yaml.safe_load(HEAD + SITES))
    del value["programme"]["people"]
    path = tmp_path / "catalog.yaml"
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def test_texts_of_a_catalogue_are_only_text(tmp_path, serve):
    path = attacked(tmp_path)
    value = report("tam-thanh", found=1, passed=False)
    value["gates"][1]["findings"][0]["values"]["file"] = ATTACK
    value["gates"][1]["findings"].append({"key": ATTACK, "passed": False})
    write_report(path, "tam-thanh", value)
    at = datetime(2021, 5, 3, tzinfo=UTC)
    for state in (SiteState.permitted, SiteState.captured):
        step = {"at": at.isoformat(), "state": str(state), "by": ATTACK, "role": "contractor",
                "to": ATTACK, "reason": ATTACK}  # fmt: skip
        waiver = {
            "gate": "links", "at": at.isoformat(), "by": ATTACK, "reason": ATTACK,
            "found": [{"of": ATTACK}],
        }  # fmt: skip
        proposal = Proposal(
            "tam-thanh", ATTACK, state, ATTACK, added={"history": step, "waivers": waiver}, at=at
        )
        record(path, Actor(ATTACK, Role.contractor), lambda _, found=proposal: found)
    client = serve(path)

    for address in ("/rollout?lang=vi", "/rollout?lang=en", "/rollout/tam-thanh?lang=vi",
                    "/rollout/tam-thanh?lang=en", "/rollout/nhi-thanh",
                    f"/rollout?q={ATTACK}&contractor={ATTACK}&lang={ATTACK}"):  # fmt: skip
        response = client.get(address)
        page = response.get_data(as_text=True)
        assert response.status_code == 200
        assert "<script>alert" not in page and "<img src=x" not in page and ">49" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert not [a for tag, a in Page(page).tags if any(name.startswith("on") for name in a)]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://tiles.example.vn/{z}/{x}/{y}.png", "https://tiles.example.vn"),
        ("https://tiles.example.vn:8443/{z}/{x}/{y}.png?k=1", "https://tiles.example.vn:8443"),
        ("/tiles/{z}/{x}/{y}.png", None),
    ],
)
def test_base_map_is_let_in_and_nothing_else(tmp_path, serve, page_policy, url, origin):
    client = serve(with_basemap(tmp_path, url))
    response = client.get("/rollout?lang=en")
    page = Page(response.get_data(as_text=True))
    policy = response.headers["Content-Security-Policy"]

    tiles = [a["href"] for a in page.of("image")]
    assert tiles and all(tile.startswith(url.split("{")[0]) for tile in tiles)
    assert "Bản đồ quốc gia" in page.text
    allowed = f"img-src 'self' {origin} data:" if origin else "img-src 'self' data:"
    assert policy == page_policy.replace("img-src 'self' data:", allowed)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example;script-src/{z}/{x}/{y}", "https://a.example,b/{z}/{x}/{y}",
        "https://user@a.example/{z}/{x}/{y}", "https://'none'/{z}/{x}/{y}",
        "//a.example/{z}/{x}/{y}",
        "https://*.example/{z}/{x}/{y}", "https://a.example/{z}/{x}", "https:///{z}/{x}/{y}",
    ],
)  # fmt: skip
def test_base_map_that_cannot_be_used_is_said(tmp_path, serve, page_policy, url):
    response = serve(with_basemap(tmp_path, url)).get("/rollout?lang=en")
    page = response.get_data(as_text=True)

    assert response.headers["Content-Security-Policy"] == page_policy
    assert "<image" not in page and "base map cannot be used" in page


def with_basemap(tmp_path, url):
    basemap = f'  basemap: {{url: "{url}", attribution: Bản đồ quốc gia}}\n  plan:'
    path = tmp_path / "catalog.yaml"
    path.write_text(HEAD.replace("  plan:", basemap) + SITES, encoding="utf-8")
    return path


def test_a_programme_without_sites_is_shown(tmp_path, serve):
    path = tmp_path / "catalog.yaml"
    path.write_text(HEAD.replace("\nsites:\n", "\n"), encoding="utf-8")
    client = serve(path)

    assert "The catalogue has no sites yet." in page_of(client, "/rollout?lang=en").text


def test_words_of_days_and_figures():
    assert day_words(date(2021, 12, 3), "vi") == "03/12/2021"
    assert day_words(date(2021, 12, 3), "en") == "3 Dec 2021"
    assert number_words(0.0123456, "vi", "m") == "0,01235\u00a0m"
    assert number_words(48_000_000, "en", "B") == "48\u00a0MB"
    assert number_words(8192, "vi", "px") == "8.192\u00a0px"
    assert number_words(0.00001, "en") == "0.00001"
    assert number_words(None, "en", "m") == "–"


def test_serve_shows_the_rollout(catalog, packages):
    command = [sys.executable, "-m", "vtour", "serve"]
    refused = subprocess.run(
        [*command, "--catalog", packages / "no.yaml"], capture_output=True, text=True, timeout=60
    )
    nothing = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert refused.returncode == 2 and "no.yaml" in refused.stderr
    assert "Traceback" not in refused.stderr and len(refused.stderr.splitlines()) == 1
    assert nothing.returncode == 2 and "--catalog" in nothing.stderr


def test_kinds_are_told_in_the_language_of_the_page_and_found_in_both(client):
    vietnamese = client.get("/rollout/tam-thanh?lang=vi").get_data(as_text=True)
    english = client.get("/rollout/tam-thanh?lang=en").get_data(as_text=True)

    assert "<dd>hang động</dd>" in vietnamese
    assert "<dd>cave</dd>" in english
    assert rows(client, "&q=hang+dong") == ["tam-thanh"]  # in none of its names
    assert "tam-thanh" in rows(client, "&q=cave")


def test_a_site_that_is_not_there_leads_back_to_the_rollout(client):
    response = client.get("/rollout/khong-co?lang=en")
    text = response.get_data(as_text=True)
    assert response.status_code == 404
    assert "The catalogue has no such site" in text
    assert 'href="/rollout?lang=en"' in text
    elsewhere = client.get("/khong-co?lang=en").get_data(as_text=True)
    assert "/rollout" not in elsewhere


def test_a_server_without_tours_leads_to_the_rollout(catalog, static, tmp_path):
    empty = tmp_path / "none"
    empty.mkdir()
    app = create_app([empty], static=static, catalog=catalog)
    assert 'href="/rollout?lang=vi"' in app.test_client().get("/?lang=vi").get_data(as_text=True)
    bare = create_app([empty], static=static).test_client()
    assert "/rollout" not in bare.get("/?lang=vi").get_data(as_text=True)


def test_a_waiver_that_lapsed_is_marked(catalog, serve):
    address = "/rollout/tam-thanh?lang=en"
    assert "(lapsed)" not in serve(catalog).get(address).get_data(as_text=True)
    at = datetime(2026, 11, 20, tzinfo=UTC)
    step = {"at": at.isoformat(), "state": "withdrawn", "by": "An", "role": "manager"}
    record(
        catalog,
        Actor("An", Role.manager),
        lambda book: Proposal(
            "tam-thanh", "set", SiteState.withdrawn, added={"history": step}, at=at
        ),
    )
    assert "(lapsed)" in serve(catalog).get(address).get_data(as_text=True)


def test_what_a_waiver_does_not_cover_is_shown(catalog, serve):
    found = report("tam-thanh", found=0.012, passed=True)
    (link,) = found["gates"][1]["findings"]
    found["gates"][1]["findings"].append({**link, "values": {"file": "later.html"}})
    write_report(catalog, "tam-thanh", found)
    client = serve(catalog)
    shown = client.get("/rollout/tam-thanh?lang=en").get_data(as_text=True)
    _, beyond = shown.split("The waiver given before does not cover:")
    assert "later.html" in beyond.split("</ul>")[0]
    assert "a.html" not in beyond.split("</ul>")[0]
    site = client.get("/api/v1/sites/tam-thanh?lang=en").get_json()
    assert (site["gates_failed"], site["gates_waived"]) == (["links"], [])
    assert [each["in_force"] for each in site["waivers"]] == [False]
