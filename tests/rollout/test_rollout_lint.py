"""vtour catalog lint: every fault is found, where it stands, in both languages."""

import hashlib
import json
import random
from datetime import date

import pytest
from catalogs import TEXT, write_catalog
from click.testing import CliRunner

from vtour.cli.main import cli
from vtour.errors import InputError
from vtour.rollout.audit import log_path
from vtour.rollout.ledger import Actor, Proposal, record
from vtour.rollout.lint.check import Level, lint_catalog, lint_text
from vtour.rollout.words.say import WORDS
from vtour.schema.catalog import Role, SiteState

NOTES = ["27:23", "52:23"]  # the two locations that nobody verified


def found_in(text, level=None, language="en"):
    """Line, column and words of what is found, unverified locations left out."""
    lint = lint_text(text)
    problems = lint.problems if level is None else lint.of(level)
    return [
        f"{problem.place[0]}:{problem.place[1]}: {problem.words(language)}"
        for problem in problems
        if problem.key != "unverified"
    ]


def changed(*changes):
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_the_sample_is_clean_but_for_two_locations():
    assert found_in(TEXT) == []
    assert [f"{p.place[0]}:{p.place[1]}" for p in lint_text(TEXT).of(Level.note)] == NOTES


THIRD = "{commune_code: '05986', commune: Phường Tam Thanh}\n    location: {"


@pytest.mark.parametrize(
    ("level", "old", "new", "expected"),
    [
        # ids, phases, profiles
        (
            "error",
            "id: tam-thanh",
            "id: den-ky-cung",
            "34:9: site 'den-ky-cung' is there twice, first at line 20",
        ),
        ("error", "- {id: '2022'", "- {id: '2021'", "11:10: phase '2021' is there twice"),
        (
            "error",
            "phase: '2022'",
            "phase: '2032'",
            "49:12: unknown phase '2032', expected 2021, 2022",
        ),
        (
            "error",
            "phase: '2022'\n",
            "phase: '2022'\n    profile: cave\n",
            "50:14: unknown profile 'cave', expected standard",
        ),
        (
            "error",
            "programme:  # of nobody\n",
            "programme:  # of nobody\n  profile: caves\n",
            "4:12: unknown profile 'caves', expected standard",
        ),
        ("warning", "sites: 2,", "sites: 3,", "10:51: phase 2021: 2 sites, expected 3"),
        (
            "warning",
            "sites: 2,",
            "kind: upkeep, sites: 0,",
            "10:65: phase 2021: 2 sites, expected 0",
        ),
        # deliverables
        (
            "error",
            "  # the second one",
            "    deliverables:\n      - {id: modle, count: 2}\n  # the second one",
            "34:14: deliverable 'modle': no kind is said, and the profile has none of that id, "
            "expected model",
        ),
        (
            "error",
            "  # the second one",
            "    deliverables:\n      - {id: model}\n      - {id: model}\n  # the second one",
            "35:14: deliverable 'model' is there twice",
        ),
        (
            "warning",
            "ground_sampling_distance: {max: 0.02}",
            "registration_overlap: {min: 30}",
            "17:44: threshold of registration_overlap: it is a share, expected a bound between "
            "0 and 1",
        ),
        (
            "warning",
            "    deliverables:\n      - id: model\n        kind: model\n"
            "        thresholds: {ground_sampling_distance: {max: 0.02}}\n",
            "    languages: [vi, en]\n",
            "17:9: no deliverables, neither here nor in profile 'standard'",
        ),
        # dates
        (
            "error",
            "accepted: 2021-09-01",
            "accepted: 2021-05-31",
            "29:47: planned accepted 2021-05-31 is before captured 2021-06-01",
        ),
        (
            "warning",
            "accepted: 2021-09-01",
            "accepted: 2022-01-01",
            "29:47: planned accepted 2022-01-01 is after the end of phase 2021, 2021-12-31",
        ),
        (
            "warning",
            "captured: 2021-06-01",
            "captured: 2021-04-12",
            "29:25: planned captured 2021-04-12 is before the beginning of phase 2021, 2021-04-13",
        ),
        (
            "warning",
            "captured: 2021-06-01",
            "returned: 2021-06-01",
            "29:25: returned cannot be planned, expected a state from planned to maintained",
        ),
        # names
        (
            "warning",
            "{vi: Động Nhị Thanh, en: Nhị Thanh cave}",
            "{en: Nhị Thanh cave}",
            "50:11: no name in vi",
        ),
        ("warning", "{vi: Một, en: One}", "{vi: Một}", "10:24: no name in en"),
        (
            "warning",
            "contractor: Công ty A\n    planned",
            "contractor: no\n    planned",
            "28:17: found no without quotes: other programs read true or false there, "
            "expected 'no'",
        ),
        ("warning", "vi: Động Nhị Thanh,", "vi: yes,", "50:16: found yes without quotes: other"),
        # people
        (
            "warning",
            "contractor: Công ty A\n    planned",
            "contractor: Cong ty A\n    planned",
            "28:17: contractor 'Cong ty A': nobody among the people acts for it, "
            "expected Công ty A",
        ),
        ("warning", "roles: [manager]", "roles: [reviewer]", "6:5: nobody is a manager"),
        ("error", "name: Lê Chi", "name: TRẦN BÌNH", "7:14: 'TRẦN BÌNH' is among the people twice"),
        (
            "warning",
            ", contractor: Công ty A}\n    - {name: Lê Chi, roles: [reviewer]}",
            ", contractor: Công ty A}\n    - {name: Lê Chi, roles: [contractor]}",
            "7:7: 'Lê Chi' acts as contractor, but of which firm is not said",
        ),
        (
            "error",
            "roles: [manager]",
            "roles: [manager], key: secret",
            "8:48: the key of 'Nguyễn An' is no public SSH key",
        ),
        # places
        (
            "error",
            "commune_code: '05977'",
            "commune_code: '05978'",
            "25:21: unknown commune code '05978' in province 20, expected 05977 Phường Đông Kinh",
        ),
        (
            "error",
            "commune: Phường Đông Kinh",
            "commune: Phường Kỳ Lừa",
            "26:16: commune 05977 is 'Phường Đông Kinh', found 'Phường Kỳ Lừa', "
            "expected 06187 Phường Kỳ Lừa",
        ),
        (
            "error",
            "lat: 21.8524, lon: 106.7613",
            "lat: 106.7613, lon: 21.8524",
            "27:40: lat 106.7613 and lon 21.8524 look swapped",
        ),
        (
            "error",
            "lat: 21.8524, lon: 106.7613",
            "lat: 10.95, lon: 108.21",
            "27:40: 10.95, 108.21 is outside the province: expected lat 21.32523 to 22.46165, "
            "lon 106.09531 to 107.36394",
        ),
        (
            "error",
            "lat: 21.8524, lon: 106.7613",
            "lat: 21.57356, lon: 106.50258",
            "27:40: 21.57356, 106.50258 is 30.8 km outside the bounding box of Phường Đông Kinh, "
            "expected 06463 Xã Chi Lăng, 06505 Xã Vạn Linh",
        ),
        (
            "warning",
            "province_code: '20'" if "province_code: '20'" in TEXT else THIRD,
            "{province_code: '22', commune_code: '05986', commune: Phường Tam Thanh}\n"
            "    location: {",
            "51:28: province 22, but the programme is that of province 20",
        ),
    ],
)
def test_one_fault_is_one_line_where_it_stands(level, old, new, expected):
    found = found_in(changed((old, new)), Level(level))

    assert [line for line in found if line.startswith(expected)], found
    assert len(found) <= 3  # what follows from it, too


def test_a_commune_that_is_inferred_makes_it_a_warning():
    text = changed(
        ("lat: 21.8524, lon: 106.7613", "lat: 21.57356, lon: 106.50258"),
        ("commune: Phường Đông Kinh", "commune: Phường Đông Kinh\n      inferred: true"),
    )

    assert found_in(text, Level.error) == []
    assert found_in(text, Level.warning)[0].startswith("28:40: 21.57356, 106.50258 is 30.8 km")


def test_a_placeholder_may_be_as_far_outside_as_it_may_be_off():
    near = changed(("lat: 21.88, lon: 106.74, radius_m: 5000", "lat: 21.95, lon: 106.74, "
                    "radius_m: 5000"))  # fmt: skip
    far = near.replace("radius_m: 5000", "radius_m: 2000")

    assert found_in(near) == []  # 21.95 is 2.4 km north of the box, which ends at 21.92847
    assert "is 2.4 km outside" in found_in(far)[0]


def test_quoted_words_are_what_they_say():
    assert found_in(changed(("vi: Động Nhị Thanh,", "vi: 'yes',"))) == []


def test_a_withdrawn_site_does_not_count_for_its_phase():
    text = changed(("state: planned ", "state: withdrawn "))

    assert found_in(text, Level.warning) == ["10:51: phase 2021: 1 sites, expected 2"]


def test_another_province_is_not_checked_and_that_is_said():
    text = changed(("  name: {vi: Chương", "  province_code: '22'\n  name: {vi: Chương"))

    assert any("the communes of province 22 are not known here" in line for line in found_in(text))


def test_all_faults_are_there_at_once_sorted_by_their_place():
    text = changed(
        ("sites: 2,", "sites: 7,"),
        ("captured: 2021-06-01", "captured: 2021-13-01"),
        ("id: nhi-thanh", "id: tam-thanh"),
        ("phase: '2022'", "phase: '2024'"),
    )

    places = [problem.place for problem in lint_text(text).problems]

    assert places == sorted(places)
    assert [line.split(": ")[0] for line in found_in(text)] == [
        "10:51",
        "11:51",
        "29:25",
        "48:9",
        "49:12",
    ]


def test_every_line_has_words_in_both_languages_with_the_same_gaps():
    for key, texts in WORDS.items():
        assert set(texts) == {"vi", "en"}, key
        gaps = [sorted(part.split("}")[0] for part in each.split("{")[1:]) for each in
                texts.values()]  # fmt: skip
        assert set(gaps[0]) == set(gaps[1]), key


def test_it_is_told_in_vietnamese():
    text = changed(("accepted: 2021-09-01", "accepted: 2021-05-31"))

    assert found_in(text, language="vi") == [
        "29:47: kế hoạch accepted 2021-05-31 trước captured 2021-06-01"
    ]


# files beside the catalogue


def write_permit(tmp_path, **more):
    fields = {"kind": "relic", "number": "12/GP", "issuer": "Sở", "issued": "2026-01-05", **more}
    permit = ", ".join(f"{key}: {value}" for key, value in fields.items())
    path = write_catalog(
        tmp_path, changed(("    state: planned ", f"    permits:\n      - {{{permit}}}\n"
                           "    state: planned "))
    )  # fmt: skip
    return path


def lines_of(path, today=date(2026, 11, 26)):
    return [
        problem.line(path.name)
        for problem in lint_catalog(path, today).problems
        if problem.key != "unverified"
    ]


def test_a_permit_whose_file_is_gone_or_was_changed(tmp_path):
    path = write_permit(tmp_path, file="permit.pdf", sha256=hashlib.sha256(b"a").hexdigest())

    assert lines_of(path) == ["catalog.yaml:32:76: den-ky-cung: 'permit.pdf' is not there"]
    (tmp_path / "permit.pdf").write_bytes(b"b")
    assert "is not the file whose sha256 is noted" in lines_of(path)[0]
    (tmp_path / "permit.pdf").write_bytes(b"a")
    assert lines_of(path) == []


def test_a_permit_that_ended_before_the_site_was_captured(tmp_path):
    path = write_permit(tmp_path, valid_until="2026-06-30")

    assert lines_of(path, date(2026, 6, 30)) == []
    assert "permit 12/GP ended on 2026-06-30" in lines_of(path, date(2026, 7, 1))[0]


def test_folders_of_evidence_that_are_gone(tmp_path):
    path = write_catalog(
        tmp_path,
        changed(
            ("    state: planned ", "    evidence: {captures: cap, work: wo}\n    state: planned ")
        ),
    )
    (tmp_path / "cap").mkdir()

    assert lines_of(path) == ["catalog.yaml:31:37: den-ky-cung: 'wo' is not there"]
    assert lint_catalog(path).of(Level.warning)


def with_boundaries(tmp_path, text, name="boundaries.geojson"):
    (tmp_path / "boundaries.geojson").write_text(text)
    return write_catalog(
        tmp_path, changed(("programme:  # of nobody\n", f"programme:\n  boundaries: {name}\n"))
    )


def test_outlines_count_instead_of_boxes(tmp_path):
    square = [[106.76, 21.85], [106.77, 21.85], [106.77, 21.86], [106.76, 21.86], [106.76, 21.85]]
    for code, expected in (("05977", []), ("05986", ["catalog.yaml:41:12: tam-thanh: ",
                                                     "catalog.yaml:53:"])):  # fmt: skip
        feature = {"type": "Feature", "properties": {"code": code},
                   "geometry": {"type": "Polygon", "coordinates": [square]}}  # fmt: skip
        text = json.dumps({"type": "FeatureCollection", "features": [feature]})
        found = lines_of(with_boundaries(tmp_path, text))
        found = [line for line in found if "outline" in line]

        assert len(found) <= 2
        assert all(line.startswith(tuple(expected)) for line in found)
        assert bool(found) is bool(expected)


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ("{", "boundaries.geojson", "4:15: outlines: boundaries.geojson:1:2: no valid JSON"),
        ("{}", "gone.geojson", "4:15: outlines: gone.geojson: cannot be read"),
        ("{}", "../boundaries.geojson", "4:15: outlines: path '../boundaries.geojson': expected"),
    ],
)
def test_outlines_that_cannot_be_used_are_one_line(tmp_path, text, name, line):
    found = lines_of(with_boundaries(tmp_path, text, name))

    assert len(found) == 1
    assert line in found[0]


# the audit log


def held(tmp_path):
    path = write_catalog(tmp_path)
    record(
        path,
        Actor("Nguyễn An", Role.manager),
        lambda book: Proposal(
            "tam-thanh",
            "set",
            SiteState.on_hold,
            reason="mưa",
            added={"history": {"at": "2026-11-26T09:00:00+07:00", "state": "on_hold",
                               "by": "Nguyễn An", "role": "manager", "reason": "mưa"}},
        ),
    )  # fmt: skip
    return path


def test_a_catalogue_and_its_log_that_agree(tmp_path):
    assert lines_of(held(tmp_path)) == []


def test_a_state_that_was_changed_by_hand_is_named_where_it_stands(tmp_path):
    path = held(tmp_path)
    path.write_text(path.read_text().replace("state: on_hold\n", "state: accepted\n", 1))
    lines = path.read_text().splitlines()
    number = next(i for i, line in enumerate(lines, 1) if "state: accepted" in line)

    (found,) = lines_of(path)

    assert found.startswith(f"catalog.yaml:{number}:12: site tam-thanh: state accepted, the audit")


def test_a_log_that_was_changed_or_cut_is_found(tmp_path):
    path = held(tmp_path)
    log = log_path(path)
    whole = log.read_bytes()

    log.write_bytes(whole.replace("mưa".encode(), b"mua", 1))
    assert (
        "catalog.audit.jsonl:1: not the line whose digest catalog.yaml holds" in lines_of(path)[0]
    )
    log.write_bytes(b"")
    assert "catalog.audit.jsonl: 0 lines, expected 1 as catalog.yaml says" in lines_of(path)[0]
    log.write_bytes(b"x\n")
    assert "catalog.audit.jsonl:1: no entry of an audit log" in lines_of(path)[0]


def test_what_a_killed_command_left_is_only_noted(tmp_path):
    path = write_catalog(tmp_path)
    before = path.read_text()
    held(tmp_path)
    path.write_text(before)  # the catalogue lags behind its log
    with log_path(path).open("ab") as stream:
        stream.write(b"half a li")

    found = lint_catalog(path)

    assert {"log_ahead", "log_torn"} <= {problem.key for problem in found.of(Level.note)}
    assert found.of(Level.error) == []


# the file as such, and the command


def test_a_file_of_50_megabytes_is_refused_at_once(tmp_path):
    path = tmp_path / "catalog.yaml"
    with path.open("wb") as stream:
        stream.truncate(50_000_000)

    assert lines_of(path) == ["catalog.yaml: 50,000,000 bytes, expected at most 20,000,000"]


def test_a_file_in_another_encoding_is_named_with_its_place(tmp_path):
    path = tmp_path / "catalog.yaml"
    path.write_bytes("version: 1\nname: \u0110\u1ed9ng".encode("utf-16-le"))
    assert "catalog.yaml" in lines_of(path)[0]
    path.write_bytes(b"version: 1\nname: \xd0\xf2ng\n")  # Windows-1258

    assert lines_of(path) == ["catalog.yaml:2:7: byte 17 is not UTF-8, expected UTF-8"]


def run(*args, **more):
    return CliRunner().invoke(cli, ["catalog", "lint", *map(str, args)], **more)


def test_the_command_says_all_of_it_and_ends_with_1_for_errors(tmp_path):
    clean = run(write_catalog(tmp_path), "--lang", "en")
    assert clean.exit_code == 0
    assert clean.output.splitlines() == [
        "catalog.yaml:27:23: note: den-ky-cung: the location is unverified: expected sourced or "
        "surveyed before acceptance",
        "catalog.yaml:52:23: note: nhi-thanh: the location is a placeholder: expected sourced or "
        "surveyed before acceptance",
        "sites: 3, phases: 2; errors: 0, warnings: 0, notes: 2",
    ]

    wrong = run(
        write_catalog(tmp_path, changed(("phase: '2022'", "phase: '2032'"))), "--lang", "vi"
    )
    assert wrong.exit_code == 1
    assert wrong.output.splitlines()[-3:] == [
        "catalog.yaml:49:12: lỗi: nhi-thanh: không có giai đoạn '2032', cần một trong: 2021, 2022",
        "catalog.yaml:52:23: lưu ý: nhi-thanh: vị trí tạm (placeholder): cần có nguồn hoặc được "
        "đo trước khi nghiệm thu",
        "điểm: 3, giai đoạn: 2; lỗi: 1, cảnh báo: 1, lưu ý: 2",
    ]


def test_the_language_is_that_of_the_terminal(tmp_path):
    path = write_catalog(tmp_path)

    assert "lưu ý" in run(path, env={"LC_ALL": "", "LANG": "vi_VN.UTF-8"}).output
    assert "note" in run(path, env={"LC_ALL": "", "LANG": "C.UTF-8"}).output


def test_strict_takes_warnings_as_errors(tmp_path):
    path = write_catalog(tmp_path, changed(("sites: 2,", "sites: 3,")))

    assert run(path).exit_code == 0
    assert run(path, "--strict").exit_code == 1


def test_json_for_other_programs(tmp_path):
    path = write_catalog(tmp_path, changed(("phase: '2022'", "phase: '2032'")))

    done = run(path, "--json", "--lang", "en")
    value = json.loads(done.output)

    assert done.exit_code == 1
    assert (value["sites"], value["errors"], value["warnings"], value["notes"]) == (3, 1, 1, 2)
    assert {
        "line": 49,
        "column": 12,
        "level": "error",
        "key": "unknown_phase",
        "site": "nhi-thanh",
        "message": "unknown phase '2032', expected 2021, 2022",
    } in value["problems"]


def test_a_file_that_is_not_there_is_bad_input(tmp_path):
    done = run(tmp_path / "catalog.yaml")

    assert done.exit_code == 2
    assert done.output == "Error: catalog.yaml: no such file\n"
    with pytest.raises(InputError):
        lint_catalog(tmp_path / "catalog.yaml")


def test_nothing_is_written(tmp_path):
    path = held(tmp_path)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}

    run(path)

    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: &a [x]\nb: [*a, *a]\n", "catalog.yaml:1:4: error: anchor (&), expected a plain value"),
        ("version: 1\nversion: 1\n", "catalog.yaml:2:1: error: key 'version' is written twice, "
         "expected once"),
        ("version: 1\n\tname: x\n", "catalog.yaml:2:1: error: no valid YAML: a tab, expected "
         "spaces"),
        ("\ufeff", "catalog.yaml: error: found no mapping, expected version, programme, phases, "
         "profiles, sites"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_of_ours_is_one_line_and_the_file_stays(tmp_path, text, line):
    path = write_catalog(tmp_path, text)

    done = run(path, "--lang", "en")

    assert done.exit_code == 1
    assert done.output.splitlines()[0] == line
    assert path.read_text(encoding="utf-8") == text


ODD = ("no", "~", "", "[]", "{}", "1e400", "nan", "-1", "2021-02-30", "[1, 2]", "{a: b}", "*a",
       "!!x 3", "21,85", "- x", "|", "05986", "'", "<<: x", "\t", "9" * 400, "\u202e")  # fmt: skip


def garbled(rng):
    """The sample after one to four accidents of an editor."""
    lines = TEXT.splitlines()
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(lines))
        accident = rng.randrange(5)
        if accident == 0:
            del lines[at]
        elif accident == 1:
            lines.insert(at, lines[rng.randrange(len(lines))])
        elif accident == 2:
            lines[at] = f"{lines[at].partition(':')[0]}: {rng.choice(ODD)}"
        elif accident == 3:
            lines[at] = " " * rng.randint(1, 3) + lines[at]
        else:
            place = rng.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:place] + rng.choice("{}[]:,&*!|>'#-?") + lines[at][place:]
    return "\n".join(lines)


def test_no_accident_in_the_file_is_a_crash_and_every_problem_is_one_line():
    rng = random.Random(7)
    found = 0
    for _ in range(400):
        text = garbled(rng)
        for problem in lint_text(text).problems:
            found += problem.error
            for language in ("vi", "en"):
                assert "\n" not in problem.line("catalog.yaml", language), text
            if problem.place is not None:
                assert 1 <= problem.place[0] <= text.count("\n") + 2, text
    assert found > 400  # most of it is wrong
