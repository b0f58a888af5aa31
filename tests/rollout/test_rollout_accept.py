"""Acceptance: the record, what it freezes, who may not accept, and what a later package needs."""

import re
import shutil
import subprocess
import unicodedata

import docx
import pytest
from click.testing import CliRunner
from docx.shared import Pt
from evidence_sites import SITE, change_text, change_tour, package_of, write_report, write_site

from vtour.cli.main import cli
from vtour.errors import InputError
from vtour.files import file_digest
from vtour.rollout import acceptance, ledger
from vtour.rollout.acceptance import accept_site, look_before_accepting
from vtour.rollout.audit import log_path, read_log
from vtour.rollout.catalog_file import read_catalog
from vtour.rollout.ledger import Actor, open_book
from vtour.schema.catalog import Role

STEPS = (
    ("permitted", "Nguyễn An", "manager"),
    ("captured", "Trần Bình", "contractor"),
    ("delivered", "Phạm Dung", "contractor"),
    ("processing", "Lê Chi", "reviewer"),
    ("in_review", "Lê Chi", "reviewer"),
)
MANAGER = ("--as", "Nguyễn An")
AN = Actor("Nguyễn An", Role.manager)


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    """A site in review whose evidence holds, made once by the commands."""
    path = write_site(tmp_path_factory.mktemp("reviewed"))
    for state, name, role in STEPS:
        done = run("set", SITE, state, path, "--as", name, "--role", role)
        assert done.exit_code == 0, done.output
    return path.parent


@pytest.fixture
def path(reviewed, tmp_path):
    return shutil.copytree(reviewed, tmp_path / "rollout") / "catalog.yaml"


def run(*arguments):
    return CliRunner().invoke(cli, ["catalog", *map(str, arguments)])


def accept(path, *more):
    return run("accept", SITE, path, *(more or MANAGER), "--lang", "en")


def site_of(path):
    return read_catalog(path).sites[0]


def entries_of(path):
    return read_log(log_path(path)).entries


def record_of(path, number=1):
    return path.parent / "acceptance" / f"{SITE}-{number}.docx"


def tables_of(file):
    """The cells' texts of each table."""
    return [
        [[cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in row.cells] for row in table.rows]
        for table in docx.Document(file).tables
    ]


def text_of(file):
    paragraphs = [paragraph.text for paragraph in docx.Document(file).paragraphs]
    cells = [cell for table in tables_of(file) for row in table for cell in row]
    return "\n".join([*paragraphs, *cells])


def test_acceptance_writes_record_entry_and_catalogue(path):
    head = open_book(path).log.head
    done = accept(path)
    assert done.exit_code == 0, done.output
    record = record_of(path)
    entry, site = entries_of(path)[-1], site_of(path)
    assert (site.state, entry.action, entry.actor) == ("accepted", "accept", "Nguyễn An")
    (accepted,) = site.acceptances
    assert accepted.record == f"acceptance/{SITE}-1.docx"
    assert accepted.sha256 == file_digest(record) == entry.evidence["record"]
    assert accepted.package == file_digest(package_of(path) / "tour.json")
    captures = path.parent / "captures" / SITE
    assert accepted.captures == file_digest(captures / "manifest-sha256.txt")
    assert accepted.entry == entry.entry == head.entries + 1
    assert len(entry.gates) == 11
    assert all(gate.passed for gate in entry.gates.values())
    assert run("audit", "verify", path).exit_code == 0
    assert f"{head.entries}:{head.head}" in text_of(record)
    said = re.search(r"\d+:[0-9a-f]{64}", text_of(record))[0]
    assert run("audit", "verify", path, "--head", said).exit_code == 0


def test_record_is_an_official_document(path):
    accept(path)
    document = docx.Document(record_of(path))
    section, normal = document.sections[0], document.styles["Normal"]
    sides = section.page_width, section.page_height, section.left_margin, section.right_margin
    assert [round(side.mm) for side in sides] == [210, 297, 30, 15]
    assert (normal.font.name, normal.font.size) == ("Times New Roman", Pt(13))
    left, right = tables_of(record_of(path))[0][0]
    assert right.startswith("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc")
    assert left.startswith("SỞ VĂN HÓA THỬ")
    text = text_of(record_of(path))
    for part in (
        "BIÊN BẢN NGHIỆM THU",
        "Căn cứ Luật Di sản văn hóa số 45/2024/QH15",
        "Căn cứ Kế hoạch số 90/KH-UBND ngày 13/4/2021.",
        "1. Bên giao: Công ty A",
        "2. Bên nhận: Sở Văn hóa thử",
        "Không có miễn trừ.",
        "theo tên tự khai",
        "Gói dữ liệu khác phải được nghiệm thu lại.",
        "ĐẠI DIỆN BÊN GIAO\n(Ký, ghi rõ họ tên)",
    ):
        assert part in text
    assert "ACCEPTANCE" not in text
    assert "288/2025" not in text  # nobody flew


def test_record_sets_measured_against_required(path):
    accept(path)
    (table,) = [table for table in tables_of(record_of(path)) if "Đo được" in table[0]]
    assert table[1:] == [
        ["1", "Mô hình toàn cảnh", "≥ 1", "1", "Đạt"],
        ["1.1", "Kích thước điểm ảnh trên vật thể (GSD)", "≤ 0,02 m", "0,012 m", "Đạt"],
        ["1.2", "Độ giống bản gốc (SSIM)", "≥ 0,95", "0,981", "Đạt"],
        ["2", "Ảnh toàn cảnh", "≥ 3", "3", "Đạt"],
    ]


def test_record_in_two_languages(path):
    assert accept(path, *MANAGER, "--bilingual").exit_code == 0
    text = text_of(record_of(path))
    for part in ("BIÊN BẢN NGHIỆM THU", "ACCEPTANCE RECORD", "There are no waivers.", "Passed"):
        assert part in text


def test_waivers_stand_in_the_record(path):
    write_report(path.parent / "work" / SITE, "world", {"ground_sampling_distance": (0.0234, "m")})
    done = accept(path)
    assert done.exit_code == 1
    assert "ground_sampling_distance is 0.0234 m, ≤ 0.02 m required" in done.output
    reason = "hang tối, Hội đồng chấp nhận"
    assert run("waive", SITE, "deliverables", path, *MANAGER, "--reason", reason).exit_code == 0
    done = accept(path)
    assert done.exit_code == 0, done.output
    tables = tables_of(record_of(path))
    (waivers,) = [table for table in tables if "Lý do" in table[0]]
    assert waivers[1][:2] == ["Sản phẩm", "Nguyễn An"]
    assert waivers[1][3:] == [reason, "6"]
    (measures,) = [table for table in tables if "Đo được" in table[0]]
    assert measures[2][2:] == ["≤ 0,02 m", "0,0234 m", "Miễn trừ"]
    assert "với 1 miễn trừ tại mục V" in text_of(record_of(path))
    assert entries_of(path)[-1].gates["deliverables"].waived


def test_same_facts_same_bytes(path, tmp_path, monkeypatch):
    now = ledger.now()
    monkeypatch.setattr("vtour.rollout.transitions.now", lambda: now)
    checked = look_before_accepting(path, AN, SITE)
    monkeypatch.setattr(ledger, "append", refuse_disk)
    digests = []
    for _ in range(2):
        kept = []
        monkeypatch.setattr(acceptance, "file_digest", lambda file, kept=kept: keep(file, kept))
        with pytest.raises(OSError, match="disk"):
            accept_site(path, AN, SITE, checked)
        digests.append(kept[0])
    assert digests[0] == digests[1]


def keep(file, kept):
    kept.append(file_digest(file))
    return kept[-1]


def refuse_disk(*_):
    raise OSError("disk")


def test_a_record_without_an_entry_is_taken_away(path, monkeypatch):
    before = path.read_bytes(), log_path(path).read_bytes()
    checked = look_before_accepting(path, AN, SITE)
    monkeypatch.setattr(ledger, "append", refuse_disk)
    with pytest.raises(OSError, match="disk"):
        accept_site(path, AN, SITE, checked)
    assert not record_of(path).parent.exists()
    assert (path.read_bytes(), log_path(path).read_bytes()) == before


def test_a_file_of_that_name_is_not_touched(path):
    record_of(path).parent.mkdir()
    record_of(path).write_bytes(b"signed and scanned")
    assert accept(path).exit_code == 0
    assert record_of(path).read_bytes() == b"signed and scanned"
    acceptance = site_of(path).acceptances[0]
    assert acceptance.record == f"acceptance/{SITE}-2.docx"
    assert acceptance.sha256 == file_digest(path.parent / acceptance.record)
    assert "BIÊN BẢN NGHIỆM THU" in text_of(path.parent / acceptance.record)


def test_a_record_whose_entry_was_written_stays(path, monkeypatch):
    checked = look_before_accepting(path, AN, SITE)
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "_replace", refuse_disk)
        with pytest.raises(OSError, match="disk"):
            accept_site(path, AN, SITE, checked)
    assert record_of(path).is_file()
    book = open_book(path)  # completes the catalogue
    assert book.site(SITE).acceptances[0].sha256 == file_digest(record_of(path))


def test_a_signed_acceptance_says_so_and_a_wrong_key_leaves_nothing(path, tmp_path):
    key, other = tmp_path / "key", tmp_path / "other"
    for each in (key, other):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(each)], check=True)
    public = key.with_suffix(".pub").read_text().strip()
    person = "{name: Nguyễn An, roles: [manager]"
    change_text(path, person, f"{person}, key: {public}")
    checked = look_before_accepting(path, AN, SITE)

    def broken(*_):
        raise InputError("the key does not sign")

    with pytest.raises(InputError, match="does not sign"):
        accept_site(path, Actor(AN.name, AN.role, broken), SITE, checked)
    assert not record_of(path).parent.exists()
    assert accept(path, *MANAGER, "--sign", other).exit_code == 2
    assert not record_of(path).parent.exists()
    assert accept(path, *MANAGER, "--sign", key).exit_code == 0
    assert entries_of(path)[-1].signature is not None
    assert "được ký bằng khóa SSH" in text_of(record_of(path))
    assert run("audit", "verify", path).exit_code == 0


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (("--as", "Phạm Dung", "--role", "manager"), "Phạm Dung set it delivered"),
        (("--as", "PHẠM  DUNG", "--role", "manager"), "set it delivered"),
        (
            ("--as", unicodedata.normalize("NFD", "phạm dung"), "--role", "manager"),
            "set it delivered",
        ),
        (("--as", "Lê Chi"), "acts as reviewer, expected a manager"),
        (("--as", "Trần Bình", "--role", "manager"), "programme.people says contractor"),
    ],
)
def test_who_may_not_accept(path, who, said):
    done = accept(path, *who)
    assert (done.exit_code, said in done.output) == (2, True), done.output
    assert not record_of(path).exists()
    assert site_of(path).state == "in_review"


def test_set_refuses_what_makes_a_record(path):
    done = run("set", SITE, "accepted", path, *MANAGER)
    assert (done.exit_code, "vtour catalog accept" in done.output) == (2, True)


def test_only_from_review(path):
    accept(path)
    done = accept(path)
    assert (done.exit_code, "is accepted already" in done.output) == (2, True)


def test_evidence_that_changes_after_the_gates_were_looked_at(path):
    checked = look_before_accepting(path, AN, SITE)
    change_tour(path, credit="Trần Văn B")
    with pytest.raises(InputError, match="its evidence changed meanwhile"):
        accept_site(path, AN, SITE, checked)
    assert not record_of(path).exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    contractor: Công ty A\n", "    contractor: Công ty B\n"),
        ("ground_sampling_distance: {max: 0.02}", "ground_sampling_distance: {max: 0.005}"),
    ],
)
def test_catalogue_that_changes_after_the_gates_were_looked_at(path, old, new):
    checked = look_before_accepting(path, AN, SITE)
    change_text(path, old, new)
    with pytest.raises(InputError, match="was changed meanwhile"):
        accept_site(path, AN, SITE, checked)


def test_nothing_is_accepted_without_a_package(path):
    change_text(path, ", work: work/tam-thanh", "")
    failed = [gate for gate in look_before_accepting(path, AN, SITE).gates if not gate.passed]
    assert len(failed) == 8
    for gate in failed:
        done = run("waive", SITE, gate.gate, path, *MANAGER, "--reason", "gói ở đĩa khác")
        assert done.exit_code == 0, done.output
    done = accept(path)
    assert (done.exit_code, "no package, expected one to accept" in done.output) == (2, True)
    assert not record_of(path).parent.exists()


def test_a_later_package_needs_a_new_acceptance(path):
    accept(path)
    assert run("gates", SITE, path, "--for", "published").exit_code == 0
    change_tour(path, credit="Trần Văn B")
    done = run("set", SITE, "published", path, *MANAGER, "--lang", "en")
    assert done.exit_code == 1
    assert "the package is not the accepted one" in done.output
    assert site_of(path).state == "accepted"
    for state, name, role in (("processing", *MANAGER[1:], "manager"), STEPS[-1]):
        assert run("set", SITE, state, path, "--as", name, "--role", role).exit_code == 0
    assert accept(path).exit_code == 0
    assert record_of(path, 2).is_file()
    assert run("set", SITE, "published", path, *MANAGER).exit_code == 0
    assert [each.record for each in site_of(path).acceptances] == [
        f"acceptance/{SITE}-{number}.docx" for number in (1, 2)
    ]


def test_a_waiver_does_not_count_for_the_next_version(path):
    change_tour(path, credit=None)
    assert run("waive", SITE, "rights", path, *MANAGER, "--reason", "chờ ký").exit_code == 0
    assert accept(path).exit_code == 0
    for state, name, role in (("processing", *MANAGER[1:], "manager"), STEPS[-1]):
        assert run("set", SITE, state, path, "--as", name, "--role", role).exit_code == 0
    done = accept(path)
    assert done.exit_code == 1
    assert "no credit in tour.json" in done.output
    assert not record_of(path, 2).exists()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: record_of(path).unlink(), "is not there"),
        (lambda path: record_of(path).write_bytes(b"PK other"), "was changed"),
        (
            lambda path: (package_of(path) / "model" / "poster.webp").write_bytes(b"x"),
            "error in the package",
        ),
        (
            lambda path: (path.parent / "captures" / SITE / "manifest-sha256.txt").write_text(""),
            "the captures were sealed anew",
        ),
    ],
)
def test_what_was_accepted_must_still_be_there(path, harm, said):
    accept(path)
    harm(path)
    done = run("gates", SITE, path, "--for", "published", "--lang", "en")
    assert (done.exit_code, said in done.output) == (1, True), done.output


def test_a_site_on_hold_is_not_accepted_and_goes_back_only_as_it_was(path):
    assert accept(path).exit_code == 0
    assert run("set", SITE, "on_hold", path, *MANAGER, "--reason", "x").exit_code == 0
    done = accept(path)
    assert (done.exit_code, "is on hold, expected it in review" in done.output) == (2, True)
    change_tour(path, credit="Trần Văn B")
    done = run("set", SITE, "accepted", path, *MANAGER, "--lang", "en")
    assert (done.exit_code, "(acceptance)" in done.output) == (1, True)


def test_nobody_takes_over_what_was_tracked(path):
    done = run("set", SITE, "accepted", path, *MANAGER, "--adopt", "--reason", "cũ")
    assert (done.exit_code, "has steps in the audit log" in done.output) == (2, True)


def test_never_accepted(tmp_path):
    path = write_site(tmp_path)
    done = run("set", SITE, "accepted", path, *MANAGER, "--adopt", "--reason", "cũ")
    assert done.exit_code == 0, done.output
    done = run("set", SITE, "published", path, *MANAGER, "--lang", "en")
    assert (done.exit_code, "never accepted" in done.output) == (1, True)


def test_texts_that_xml_cannot_hold_are_left_out(path):
    change_text(path, "vi: Động Tam Thanh", 'vi: "Động\\x01 Tam\\x1b Thanh"')
    assert accept(path).exit_code == 0
    assert "điểm Động Tam Thanh" in text_of(record_of(path))
