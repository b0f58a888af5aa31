"""Who may take a site where, and what must hold before."""

from datetime import UTC, datetime

import pytest
from catalogs import PEOPLE, write_catalog

from vtour.errors import InputError
from vtour.rollout.catalog_file import digest_for_gates
from vtour.rollout.ledger import Actor, open_book, record
from vtour.rollout.states import ASIDE, CHAIN, rule_for, ways_from
from vtour.rollout.transitions import GatesError, Wish, next_state, proposal_of
from vtour.schema.catalog import Gate, Role, SiteState
from vtour.schema.gates import Finding, GateReport, GateResult

S = SiteState
SITE = "tam-thanh"


def actor(role):
    name, role = PEOPLE[role]
    return Actor(name, Role(role))


def report(passed=True, failing=()):
    results = [
        GateResult(
            gate=gate,
            passed=gate not in failing and passed,
            findings=[
                Finding(
                    key="file_gone",
                    values={"file": f"{gate}.pdf"},
                    passed=gate not in failing and passed,
                )
            ],
        )
        for gate in Gate
    ]
    return GateReport(site=SITE, at=datetime.now(UTC), gates=results)


def go(path, role, state, checked=None, **more):
    who = actor(role) if isinstance(role, str) else role
    wish = Wish(SITE, S(state), **more)

    def propose(book):
        of = digest_for_gates(book.catalog, book.site(SITE))
        return proposal_of(book, who, wish, (checked or report()).model_copy(update={"of": of}))

    return record(path, who, propose)


def test_all_the_way(tmp_path):
    path = write_catalog(tmp_path)
    for role, state in (
        ("manager", "permitted"),
        ("contractor", "captured"),
        ("contractor", "delivered"),
        ("reviewer", "processing"),
        ("contractor", "in_review"),
        ("manager", "accepted"),
        ("manager", "published"),
        ("manager", "maintained"),
    ):
        assert next_state(open_book(path).site(SITE)) is S(state)
        go(path, role, state)
    site = open_book(path).site(SITE)
    assert [step.state for step in site.history] == list(CHAIN[1:])
    assert next_state(site) is None


def test_every_state_but_the_last_can_be_left_and_every_one_reached():
    for state in SiteState:
        held = S.captured if state is S.on_hold else None
        assert ways_from(state, held), state
        assert any(rule_for(old, state, state) for old in SiteState if old is not state), state
    assert not any(rule_for(state, state) for state in (*CHAIN, *ASIDE))


@pytest.mark.parametrize(
    ("role", "state", "message"),
    [
        ("manager", "captured", "cannot go from planned to captured, expected permitted"),
        ("manager", "planned", "is planned already"),
        ("reviewer", "permitted", "acts as reviewer, expected a contractor or manager"),
        ("manager", "on_hold", "without a reason"),
        ("contractor", "withdrawn", "expected a manager"),
        (Actor("Ai đó", Role.manager), "permitted", "none of programme.people"),
        (Actor("trần  bình", Role.manager), "permitted", "programme.people says contractor"),
    ],
)
def test_what_is_refused(tmp_path, role, state, message):
    path = write_catalog(tmp_path)
    before = path.read_text()
    with pytest.raises(InputError, match=message):
        go(path, role, state)
    assert path.read_text() == before


def test_gates_that_fail_stop_a_site_and_are_named(tmp_path):
    path = write_catalog(tmp_path)
    with pytest.raises(GatesError, match=r"permit: 'permit\.pdf' is not there") as caught:
        go(path, "manager", "permitted", report(failing=(Gate.permit,)))
    assert caught.value.gates == (Gate.permit,)
    assert caught.value.exit_code == 1
    with pytest.raises(GatesError, match="not looked at"):
        who, wish = actor("manager"), Wish(SITE, S.permitted)
        record(path, who, lambda book: proposal_of(book, who, wish, None))


def test_a_waived_gate_lets_pass_until_the_site_is_returned(tmp_path):
    path = write_catalog(tmp_path)
    failing = report(failing=(Gate.captures,))

    def waive():
        from vtour.rollout.ledger import Proposal

        item = {
            "gate": "captures", "at": "2026-11-26T10:00:00Z", "by": "Nguyễn An", "reason": "x",
            "found": [{"of": "file_gone captures.pdf"}],
        }  # fmt: skip
        who = actor("manager")
        record(
            path,
            who,
            lambda book: Proposal(
                SITE, "waive", book.site(SITE).state, "x", added={"waivers": item}
            ),
        )

    go(path, "manager", "permitted")
    go(path, "contractor", "captured")
    waive()
    _, entry = go(path, "contractor", "delivered", failing)
    assert entry.gates[Gate.captures].waived
    assert not entry.gates[Gate.captures].passed
    go(path, "reviewer", "returned", reason="thiếu ảnh")
    assert open_book(path).site(SITE).history[-1].reason == "thiếu ảnh"
    with pytest.raises(GatesError):
        go(path, "contractor", "delivered", failing)


def test_nobody_accepts_what_they_delivered(tmp_path):
    text_people = "roles: [manager]"
    path = write_catalog(tmp_path)
    path.write_text(path.read_text().replace("roles: [contractor]", "roles: [contractor, manager]"))
    assert text_people in path.read_text()
    for role, state in (
        ("manager", "permitted"),
        ("contractor", "captured"),
        ("contractor", "delivered"),
        ("reviewer", "processing"),
        ("contractor", "in_review"),
    ):
        go(path, role, state)
    with pytest.raises(InputError, match="expected somebody else to accept it"):
        go(path, Actor("TRẦN BÌNH", Role.manager), "accepted")
    go(path, "manager", "accepted")


def test_on_hold_goes_back_to_where_it_was(tmp_path):
    path = write_catalog(tmp_path)
    go(path, "manager", "permitted")
    go(path, "manager", "on_hold", reason="mưa")
    with pytest.raises(InputError, match="expected permitted, withdrawn"):
        go(path, "contractor", "captured")
    go(path, "manager", "permitted")
    assert open_book(path).site(SITE).state is S.permitted


def test_a_manager_takes_over_what_was_reached_before(tmp_path):
    path = write_catalog(tmp_path)
    with pytest.raises(InputError, match="without a reason"):
        go(path, "manager", "published", adopt=True)
    with pytest.raises(InputError, match="expected a manager"):
        go(path, "contractor", "published", adopt=True, reason="2022")
    _, entry = go(path, "manager", "published", adopt=True, reason="2022")
    assert entry.action == "adopt"
    assert entry.gates == {}


def test_returned_to_its_contractor_or_to_whom_is_said(tmp_path):
    path = write_catalog(tmp_path)
    go(path, "manager", "permitted")
    go(path, "contractor", "captured")
    go(path, "contractor", "delivered")
    go(path, "reviewer", "returned", reason="mờ", to="Tổ bay")
    assert open_book(path).site(SITE).history[-1].to == "Tổ bay"
    assert ways_from(S.returned) == [S.captured, S.delivered, S.processing, S.on_hold, S.withdrawn]


def test_nobody_acts_for_another_contractor(tmp_path):
    path = write_catalog(tmp_path)
    go(path, "manager", "permitted")
    assert open_book(path).site(SITE).contractor is None
    text = path.read_text()
    source = "      source: showcaves.com\n"
    assert source in text
    path.write_text(text.replace(source, f"{source}    contractor: Công ty B\n"))
    with pytest.raises(InputError, match="is with Công ty B, Trần Bình is of Công ty A"):
        go(path, "contractor", "captured")
    path.write_text(text.replace(source, f"{source}    contractor: CÔNG TY  A\n"))
    go(path, "contractor", "captured")
