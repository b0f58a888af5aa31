"""Gates ``texts``, ``rights``, ``thumbnails``, ``links``, ``privacy``: what visitors are shown."""

from collections.abc import Iterator

from vtour.errors import InputError
from vtour.privacy_record import read_regions
from vtour.rollout.gates.case import Case
from vtour.rollout.gates.evidence import no_evidence
from vtour.rollout.gates.findings import at_most, bad, good
from vtour.schema.base import LocalText
from vtour.schema.gates import Finding
from vtour.schema.tour import Hotspot, Node, Quality, Tour, TourModel, Usage
from vtour.tour.manifest_checks import check_privacy
from vtour.workspace import Workspace

SITE_MODEL = "site"
"""The model that photos and scans give is called as the site; those made elsewhere have titles."""
THUMB_BYTES = 200_000


def check_texts(case: Case) -> list[Finding]:
    """Every text that visitors read or hear is there in the languages of the profile."""
    stranger = no_evidence(case)
    if stranger:
        return stranger
    assert case.package is not None
    languages, tour = case.profile.languages, case.package.tour
    found, texts = [], 0
    for key, where, text in _texts(tour):
        texts += 1
        lacking = [each for each in languages if not speaks(text, each)]
        if lacking:
            found.append(bad(key, where=where, languages=", ".join(lacking)))
    for spot in tour.hotspots:
        found += _captions(spot, languages)
    return at_most(found) or [good("texts_complete", texts=texts, languages=", ".join(languages))]


def speaks(text: LocalText, language: str) -> bool:
    """Whether a text is there in a language or in a form of it: vi-VN is vi."""
    return any(tag == language or tag.startswith(f"{language}-") for tag in text)


def _texts(tour: Tour) -> Iterator[tuple[str, str, LocalText]]:
    """All texts with the words for one that lacks, and what it belongs to."""
    yield "text_name", "", tour.name
    yield "text_description", "", tour.description
    for node in tour.nodes:
        yield "text_node", node.id, node.name
    for model in tour.models:
        if model.id != SITE_MODEL:
            yield "text_model", model.id, model.title
    for spot in tour.hotspots:
        yield "text_hotspot_title", spot.id, spot.title
        if spot.text:
            yield "text_hotspot", spot.id, spot.text
        for item in spot.media:
            if item.type.startswith("image/"):
                yield "text_alt", item.uri, item.alt
    for walk in tour.tours:
        yield "text_walk", walk.id, walk.title
        for stop in walk.stops:
            for text in (stop.title, stop.text):
                if text:
                    yield "text_walk", walk.id, text


def _captions(spot: Hotspot, languages: list[str]) -> Iterator[Finding]:
    """Films and sounds in which somebody speaks: one with captions in each language."""
    spoken = [item for item in spot.media if item.lang and not item.type.startswith("image/")]
    for item in spoken:
        if item.captions is None:
            yield bad("captions_none", file=item.uri)
    heard = {item.lang: item.lang for item in spoken if item.lang}
    lacking = [each for each in languages if spoken and not speaks(heard, each)]
    if lacking:
        yield bad("captions_languages", where=spot.id, languages=", ".join(lacking))


def check_rights(case: Case) -> list[Finding]:
    """Licence and credit stand in tour.json."""
    stranger = no_evidence(case)
    if stranger:
        return stranger
    assert case.package is not None
    tour = case.package.tour
    lacking = [
        bad(key)
        for key, value in (("license_none", tour.license), ("credit_none", tour.credit))
        if not (value or "").strip()
    ]
    values = {"license": tour.license, "credit": tour.credit}
    return lacking or [good("rights_set", **values)]


def check_thumbnails(case: Case) -> list[Finding]:
    """A picture for lists, and something small to see first of every model and node."""
    stranger = no_evidence(case)
    if stranger:
        return stranger
    assert case.package is not None
    tour, package = case.package.tour, case.package
    found: list[Finding] = []
    if tour.poster is None:
        found.append(bad("poster_none"))
    elif package.file(tour.poster.uri) is None:
        found.append(bad("picture_gone", file=tour.poster.uri))
    found += [bad("thumb_none", model=each.id) for each in tour.models if not _has_thumb(each)]
    found += [
        bad("node_thumb_none", node=each.id)
        for each in tour.nodes
        if each.panorama.thumb is None or package.file(each.panorama.thumb) is None
    ]
    return at_most(found) or [
        good("thumbnails_there", models=len(tour.models), nodes=len(tour.nodes))
    ]


def _has_thumb(model: TourModel) -> bool:
    """A thumb, or a version for the web that is as small: then no thumb was made besides."""
    web = [each for each in model.derivatives if each.usage is Usage.web3d]
    return any(each.quality is Quality.thumb or each.bytes <= THUMB_BYTES for each in web)


def check_node_links(case: Case) -> list[Finding]:
    """Visitors can walk from where they begin to every node, and the reports are of this tour."""
    stranger = no_evidence(case)
    if stranger:
        return stranger
    assert case.package is not None
    tour = case.package.tour
    found = _other_build(case)
    if len(tour.nodes) < 2:
        return found or [good("links_not_needed", nodes=len(tour.nodes))]
    lost = unreached(tour.nodes, tour.start.node if tour.start else None)
    if lost:
        found.append(_many("nodes_unreached", lost))
    parts = [round(each.value) for each in case.reports.measured("node_components")]
    if found:
        return found
    if parts and max(parts) > 1:
        return [good("links_joined", nodes=len(tour.nodes), parts=max(parts))]
    return [good("links_connected", nodes=len(tour.nodes))]


def _other_build(case: Case) -> list[Finding]:
    """A report that counted other nodes than the package has is of another build."""
    assert case.package is not None
    nodes = len(case.package.tour.nodes)
    counted = case.reports.measured("nodes")
    return [
        bad("nodes_other", found=round(each.value), expected=nodes, stage=each.stage)
        for each in counted
        if round(each.value) != nodes
    ]


def _many(key: str, names: list[str]) -> Finding:
    """Some of many that should be none: a waiver covers as many, or fewer."""
    values: dict[str, str | int | float] = {"count": len(names), "first": names[0]}
    return Finding(key=key, values=values, passed=False, found=len(names), max=0)


def unreached(nodes: list[Node], start: str | None) -> list[str]:
    """The nodes that no way leads to from the one to begin in, the first where none is said."""
    ways = {node.id: [link.to for link in node.links] for node in nodes}
    begin = start if start in ways else nodes[0].id
    seen, left = {begin}, [begin]
    while left:
        for other in ways.get(left.pop(), []):
            if other in ways and other not in seen:
                seen.add(other)
                left.append(other)
    return [node.id for node in nodes if node.id not in seen]


def check_review(case: Case) -> list[Finding]:
    """A person signed the blur review of just what is in the package."""
    stranger = no_evidence(case)
    if stranger:
        return stranger
    assert case.package is not None and case.work is not None
    privacy = case.package.tour.privacy
    if next(check_privacy(case.package.tour, for_publishing=True), None) is not None:
        return [_unreviewed(case, "review_none" if privacy is None else "review_unsigned")]
    assert privacy is not None
    measured = case.reports.measured("blur_reviewed")
    if any(each.value != 1 for each in measured):
        return [_unreviewed(case, "review_outdated")]
    signed = _signature(case)
    if signed is not None:
        by, day = signed
        return [good("review_signed_by", by=by, day=day, blurred=privacy.blurred)]
    return [good("review_signed", blurred=privacy.blurred)]


def _unreviewed(case: Case, key: str) -> Finding:
    """A waiver goes by the package: pictures that nobody had seen are not waived."""
    return bad(key, of=case.evidence().get("package"))


def _signature(case: Case) -> tuple[str, str] | None:
    """Who signed the review, and when, as the work folder has it."""
    assert case.work is not None
    try:
        regions = read_regions(Workspace(case.work))
    except InputError:
        return None
    review = regions.review if regions is not None and regions.reviewed else None
    return (review.by, review.date) if review else None
