"""The sections of an acceptance record, in their order."""

from functools import partial

from vtour.rollout.numbers import figure, finding_line
from vtour.rollout.record.facts import RecordFacts
from vtour.rollout.record.sheet import Both, Sheet
from vtour.rollout.record.texts import both, cell, in_both, local
from vtour.rollout.record.words import (
    BASE_FLIGHT,
    BASES,
    MOTTO,
    NATION,
    PLACES,
    RECORD_WORDS,
    UNKNOWN,
)
from vtour.rollout.timeline import day_of
from vtour.rollout.wording import day
from vtour.rollout.words.names import name_of, ranking_name

MM = {
    "site": (45, 120),
    "gates": (12, 33, 95, 25),
    "waivers": (30, 35, 24, 56, 20),
    "digests": (60, 105),
}


def head_of_record(sheet: Sheet, facts: RecordFacts) -> None:
    """Letterhead, title, notice, legal bases."""
    programme, name = facts.catalog.programme, local(facts.site.name)
    place = PLACES.get(programme.province_code, UNKNOWN)
    owner = local(programme.owner).vi.upper()
    right = ((NATION, True), (MOTTO, True), (f"{place}, {facts.day}", False))
    sheet.letterhead((owner, f"Số: {facts.name}/BBNT"), right)
    about = RECORD_WORDS["rec_about"]
    sheet.title(
        both("rec_title"),
        Both(about["vi"].format(name=name.vi), about["en"].format(name=name.en)),
    )
    if programme.notice:
        notice = local(programme.notice)
        words = RECORD_WORDS["rec_notice"]
        texts = words["vi"].format(notice=notice.vi), words["en"].format(notice=notice.en)
        sheet.text(Both(*texts), bold=True)
    bases = [*BASES, *([BASE_FLIGHT] if facts.site.aerial else [])]
    if programme.plan:
        bases.append((programme.plan, programme.plan))
    for number, (vi, en) in enumerate(bases):
        end = "." if number == len(bases) - 1 else ";"
        english = "" if en == vi else f"{en}{end}"
        sheet.text(Both(f"Căn cứ {vi}{end}", english), italic=True)
    sheet.text(both("rec_today", day=facts.day, iso=day(day_of(facts.at), "en")))


def parties(sheet: Sheet, facts: RecordFacts) -> None:
    """Who hands over, who takes over."""
    owner = local(facts.catalog.programme.owner)
    sheet.heading(both("rec_parties"))
    for key, party, person in (
        ("rec_giver", facts.site.contractor or UNKNOWN, facts.deliverer or UNKNOWN),
        ("rec_taker", owner.vi, facts.acceptor),
    ):
        sheet.text(both(key, name=party), bold=True)
        sheet.text(both("rec_person", name=person))


def subject(sheet: Sheet, facts: RecordFacts) -> None:
    """The site and its package."""
    site, programme = facts.site, facts.catalog.programme
    place, admin, package = site.location, site.admin, facts.report.package
    phase = local(facts.phase.name, site.phase) if facts.phase else Both(site.phase)
    where = [both("rec_admin_now", commune=admin.commune, code=admin.commune_code)]
    if admin.former_district:
        where.append(both("rec_admin_before", district=admin.former_district))
    source = f"; {place.source}" if place.source else ""
    certainty = Both(*(name_of(place.certainty, language) for language in ("vi", "en")))
    located = f"{place.lat:.5f}, {place.lon:.5f} "
    rows = [
        (both("rec_site_name"), [local(site.name)]),
        (both("rec_site_id"), [Both(site.id)]),
        (both("rec_programme"), [local(programme.name)]),
        (both("rec_phase"), [phase]),
        (both("rec_admin"), where),
        (
            both("rec_location"),
            [
                Both(
                    f"{located}({certainty.vi}{source})",
                    f"{located}({certainty.en}{source})",
                )
            ],
        ),
        (
            both("rec_ranking"),
            [in_both(partial(ranking_name, site.ranking.level))],
        ),
    ]
    if package is not None:
        values = {
            "tour": package.tour,
            "models": package.models,
            "panoramas": package.panoramas,
            "points": package.point_clouds,
            "hotspots": package.hotspots,
        }
        holds = Both(
            *(
                RECORD_WORDS["rec_package_value"][language].format(
                    **values, size=figure(package.bytes, "B", language)
                )
                for language in ("vi", "en")
            )
        )
        rows.append((both("rec_package"), [holds]))
    sheet.heading(both("rec_site"))
    sheet.table((), [(cell(name), cell(*lines)) for name, lines in rows], MM["site"])


def gates(sheet: Sheet, facts: RecordFacts) -> None:
    """Each gate and what was found; figures of deliverables stand in their own table."""
    sheet.heading(both("rec_gates"))
    rows = []
    for number, result in enumerate(facts.report.gates, start=1):
        lines = [
            in_both(partial(finding_line, each))
            for each in result.findings
            if each.deliverable is None
        ]
        if len(lines) < len(result.findings):
            lines.append(both("rec_see_results"))
        rows.append(
            [
                cell(str(number), centred=True),
                cell(in_both(partial(name_of, result.gate))),
                cell(*lines),
                cell(both(facts.stands(result)), centred=True, bold=not result.passed),
            ]
        )
    heads = [both(f"rec_{name}") for name in ("number", "gate", "findings", "result")]
    sheet.table(heads, rows, MM["gates"])


def waivers(sheet: Sheet, facts: RecordFacts) -> None:
    """Who let a gate pass, and why."""
    sheet.heading(both("rec_waivers"))
    if not facts.waivers:
        sheet.text(both("rec_no_waivers"))
        return
    rows = [
        [
            cell(in_both(partial(name_of, waiver.gate))),
            cell(waiver.by),
            cell(day(day_of(waiver.at), "vi"), centred=True),
            cell(waiver.reason),
            cell(str(waiver.entry), centred=True),
        ]
        for waiver in facts.waivers
    ]
    heads = [both(f"rec_{name}") for name in ("gate", "by", "day", "reason", "entry")]
    sheet.table(heads, rows, MM["waivers"])


def digests(sheet: Sheet, facts: RecordFacts) -> None:
    """What the record is frozen to, and the log it stands in."""
    sheet.heading(both("rec_digests"))
    rows = [
        [cell(both(f"rec_of_{name}")), cell(*_halves(facts.report.evidence[name]))]
        for name in ("package", "captures", "reports", "permits")
        if name in facts.report.evidence
    ]
    sheet.table((), rows, MM["digests"])
    sheet.heading(both("rec_log"))
    entries, head = facts.head.entries, facts.head.head or ""
    sheet.text(both("rec_log_text", entries=entries))
    sheet.text(Both(f"{entries}:{head}"))
    sheet.text(both("rec_log_check", entries=entries, short=head[:8]))
    sheet.text(both("rec_signed" if facts.signed else "rec_claimed", name=facts.acceptor))


def _halves(digest: str) -> list[str]:
    return [digest[:32], digest[32:]]


def conclusion(sheet: Sheet, facts: RecordFacts) -> None:
    """That it is accepted, for just these digests, and where the parties sign."""
    name = local(facts.site.name)
    waived = [each for each in facts.report.gates if facts.stands(each) == "rec_waived"]
    words = RECORD_WORDS["rec_accepted_waived" if waived else "rec_accepted"]
    texts = [
        words[language].format(name=text, count=len(waived))
        for language, text in (("vi", name.vi), ("en", name.en))
    ]
    sheet.heading(both("rec_conclusion"))
    for text in (Both(*texts), both("rec_freezes"), both("rec_copies")):
        sheet.text(text, with_next=True)
    sheet.signatures(
        [
            (both("rec_giver_signs"), both("rec_sign"), facts.deliverer or ""),
            (both("rec_taker_signs"), both("rec_sign"), facts.acceptor),
        ]
    )
