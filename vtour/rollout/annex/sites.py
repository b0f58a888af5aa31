"""The sites that an annex names: what each row says, and everything that keeps it from being taken.

Nothing is guessed that cannot be checked: a commune of before July 2025 tells no commune of today,
and a blank cell is none that was merged unless ``fill_down`` says so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from vtour.rollout.annex.cells import Grid, Row, read_grids
from vtour.rollout.annex.columns import Columns, bare, columns_in, rows_below
from vtour.rollout.annex.places import Place, commune_of, place_of
from vtour.rollout.refusals import refused
from vtour.rollout.words.say import say
from vtour.schema.catalog import Catalog, Phase
from vtour.slugs import id_from_name

FILLED = ("phase", "district", "commune", "commune_code", "contractor")
"""What cells over several rows hold."""
NEEDED = ("phase", "district", "commune")
"""Of these, what a blank cell is filled with even where nobody can see that it was merged: CSV."""
IDENTIFIER = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
TOTALS = ("tong", "tong cong", "cong", "total")
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
PHASE_WORDS = re.compile(r"^(giai doan|gd|nam|phase|year) ")
EXCEL_START = date(1899, 12, 30)
EXCEL_DAYS = range(36_526, 73_051)
"""Days as bare numbers, from 2000 to 2099 (ECMA-376 part 1, 18.17.4.1)."""
RANKS = {
    "quoc gia dac biet": "special_national", "dac biet": "special_national",
    "special national": "special_national", "quoc gia": "national", "cap quoc gia": "national",
    "national": "national", "cap tinh": "provincial", "tinh": "provincial",
    "provincial": "provincial", "chua xep hang": "none", "khong": "none", "none": "none",
}  # fmt: skip


@dataclass(frozen=True)
class Remark:
    """Something said of a row: a key of words/, where, and what fills the words."""

    key: str
    where: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def line(self, language: str) -> str:
        """As one line."""
        return f"{self.where}: {say(self.key, language, **self.values)}"


@dataclass
class Annex:
    """What was read.

    sites  : mappings as catalog.yaml has them, in the order of the rows.
    faults : why rows cannot be taken; with any of them nothing is to be written.
    notes  : what was left out or concluded.
    """

    sites: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """How an annex is read.

    fill_down : cells merged with one above take its text, and blank ones of NEEDED, as CSV shows no
                merged cells; headings name phases.
    source    : what the coordinates are taken from; without it they are unverified.
    """

    fill_down: bool = False
    source: str | None = None


def read_annex(path: Path, catalog: Catalog, options: Reading) -> Annex:
    """Read an annex against a catalogue: every sheet with a table of sites.

    Raises InputError for a file without one.
    """
    found, others = [], []
    for grid in read_grids(path):
        columns = None if grid.is_hidden else columns_in(grid)
        if columns is not None:
            found.append((grid, columns))
        elif any(any(row.cells) for row in grid.rows):
            others.append(grid)
    if not found:
        raise refused("annex_no_headers", name=path.name)
    if not found[0][0].sheet:  # of CSV, once for each delimiter
        found, others = [max(found, key=lambda each: len(each[1].fields))], []
    seen = _Seen(catalog)
    for grid, columns in found:
        _Reader(grid, columns, catalog, options, seen).read()
    for grid in others:
        key = "annex_sheet_hidden" if grid.is_hidden else "annex_sheet_left"
        seen.annex.notes.append(Remark(key, grid.place(grid.rows[0])))
    return seen.annex


class _Seen:
    """What was read of all tables so far."""

    def __init__(self, catalog: Catalog) -> None:
        self.annex = Annex()
        self.places: dict[str, str] = {}
        self.new_ids: set[str] = set()
        self.ids = {site.id for site in catalog.sites}
        self.names = {bare(site.name.get("vi", "")): site.id for site in catalog.sites}


class _Reader:
    """Goes through the rows of one table."""

    def __init__(
        self, grid: Grid, columns: Columns, catalog: Catalog, options: Reading, seen: _Seen
    ) -> None:
        self.grid, self.columns, self.catalog, self.options = grid, columns, catalog, options
        self.seen, self.annex = seen, seen.annex
        self.above: dict[str, tuple[str, Row]] = {}

    def read(self) -> None:
        """All rows."""
        self._headers()
        self._sheet_name()
        for row in rows_below(self.grid, self.columns):
            if self._is_site(row):
                self._site(row)

    def _sheet_name(self) -> None:
        """The phase of a sheet that is called by nothing else, where no column says phases."""
        if "phase" in self.columns.fields:
            return
        title, header = PHASE_WORDS.sub("", bare(self.grid.sheet)), self.columns.header
        for phase in self.catalog.phases:
            if title in _names_of(phase):
                self.above["phase"] = (phase.id, header)
                self._note("annex_sheet_taken", header, None, text=self.grid.sheet, phase=phase.id)

    def _headers(self) -> None:
        header = self.columns.header
        for column in self.columns.twice:
            self._fault("annex_column_twice", header, column, title=header.text(column))
        for column in self.columns.projected:
            self._fault("annex_projected", header, column, title=header.text(column))
        for column in self.columns.unknown:
            self._note("annex_column_unknown", header, column, title=header.text(column))

    def _is_site(self, row: Row) -> bool:
        """Whether a row names a site; headings and totals are told of."""
        filled = [cell for cell in row.cells if cell]
        if any(bare(cell) in TOTALS or bare(cell).startswith("tong cong") for cell in filled):
            self._note("annex_total", row, None, text=filled[0])
            return False
        if (
            row.wide
            or (len(filled) == 1 and not self._text(row, "name"))
            or (len(filled) == 1 and self._phase_named(filled[0]) is not None)
        ):
            self._heading(row, filled[0])
            return False
        if not self._text(row, "name"):
            column = self.columns.fields["name"]
            merged = "annex_name_merged" if column in row.merged else "annex_no_name"
            self._fault(merged, row, column, text=" ".join(filled)[:60])
            return False
        return True

    def _heading(self, row: Row, text: str) -> None:
        phase = self._phase_named(text)
        if phase is not None and self.options.fill_down:
            self.above["phase"] = (phase, row)
            self._note("annex_heading_taken", row, None, text=text, phase=phase)
        else:
            self._fault("annex_heading", row, None, text=text)

    def _site(self, row: Row) -> None:
        name = self._text(row, "name")
        folded = bare(name)
        before = len(self.annex.faults)
        if folded in self.seen.places:
            first = self.seen.places[folded]
            self._fault(
                "annex_name_twice", row, self.columns.fields["name"], name=name, first=first
            )
            return
        self.seen.places[folded] = self.grid.place(row)
        site_id = self._text(row, "id") or id_from_name(name, "site")
        if site_id in self.seen.ids or folded in self.seen.names:
            known = self.seen.names.get(folded, site_id)
            self._note("annex_known", row, None, name=name, site=known)
            self._values(row)  # cells that go on below are remembered
            return
        values = self._values(row)
        if not IDENTIFIER.fullmatch(site_id) or site_id in self.seen.new_ids:
            self._fault("annex_id", row, self.columns.fields.get("id"), text=site_id)
        self.seen.new_ids.add(site_id)
        phase = self._phase(row, values.get("phase", ""))
        admin, place = self._admin_and_place(row, values)
        planned = self._accepted(row)
        if len(self.annex.faults) > before or admin is None or place is None or phase is None:
            return
        self.annex.sites.append(
            _site_of(site_id, phase, self._names(row), values, admin, place, self._rank(row),
                     self._text(row, "kind"), planned)
        )  # fmt: skip

    def _values(self, row: Row) -> dict[str, str]:
        """The fields that cells over several rows may hold, filled down when that is wanted."""
        values: dict[str, str] = {}
        for name in FILLED:
            column = self.columns.fields.get(name)
            text = row.text(column) if column is not None else ""
            if not text and self._may_fill(row, name, column, values):
                text, origin = self.above[name]
                if column is not None:
                    title, first = self.columns.header.text(column), self.grid.place(origin)
                    self._note("annex_filled", row, column, title=title, text=text, first=first)
            elif text:
                self.above[name] = (text, row)
            values[name] = text
        return values

    def _may_fill(self, row: Row, name: str, column: int | None, values: Mapping[str, str]) -> bool:
        """Whether a blank cell takes what stands above."""
        if name not in self.above or (name == "commune_code" and values["commune"]):
            return False
        if column is None:
            return True  # a heading said it
        merged = column in row.merged
        if merged and not self.options.fill_down:
            self._fault("annex_merged", row, column, title=self.columns.header.text(column))
        return self.options.fill_down and (merged or name in NEEDED)

    def _phase(self, row: Row, text: str) -> str | None:
        column = self.columns.fields.get("phase")
        known = ", ".join(phase.id for phase in self.catalog.phases)
        if not text:
            if column is None or column not in row.merged or self.options.fill_down:
                title = self.columns.header.text(column) if column is not None else "Giai đoạn"
                self._fault("annex_no_phase", row, column, title=title)
            return None
        phase = self._phase_named(text)
        if phase is None:
            self._fault("annex_phase_unknown", row, column, text=text, known=known)
        return phase

    def _phase_named(self, text: str) -> str | None:
        """The phase that a text names: by its id, its name, or the one year that stands in it."""
        found = []
        for phase in self.catalog.phases:
            if bare(text) in _names_of(phase):
                return phase.id
            if re.search(rf"(?<!\d){re.escape(phase.id)}(?![\d-])", text):
                found.append(phase.id)
        return found[0] if len(found) == 1 else None

    def _admin_and_place(
        self, row: Row, values: Mapping[str, str]
    ) -> tuple[dict[str, Any] | None, Place | None]:
        column = self.columns.fields.get("commune", self.columns.fields.get("commune_code"))
        found = commune_of(
            values["commune"], values["commune_code"], values["district"],
            self.catalog.programme.province_code, former="district" in self.columns.fields,
        )  # fmt: skip
        if found.fault:
            self._fault(found.fault, row, column, **found.values)
        texts = {name: self._text(row, name) for name in ("lat", "lon", "place")}
        place = place_of(texts, found.commune, self.options.source)
        if place.fault:
            wrong = self.columns.fields.get(place.column)
            self._fault(place.fault, row, wrong, **place.values)
        for note, about in ((found.note, found.values), (place.note, place.values)):
            if note and not (found.fault or place.fault):
                self._note(note, row, None, **about)
        return found.admin, place

    def _accepted(self, row: Row) -> date | None:
        """The day by which a site is to be accepted, when the annex says one."""
        text = self._text(row, "accepted")
        if not text:
            return None
        for form in DATES:
            try:
                return datetime.strptime(text, form).date()
            except ValueError:
                continue
        if text.isdecimal() and int(text) in EXCEL_DAYS:  # a cell that is not formatted as a day
            return EXCEL_START + timedelta(days=int(text))
        self._fault("annex_date", row, self.columns.fields["accepted"], text=text)
        return None

    def _rank(self, row: Row) -> str | None:
        text = self._text(row, "ranking")
        if not text or bare(text) in RANKS:
            return RANKS.get(bare(text))
        self._fault("annex_rank", row, self.columns.fields["ranking"], text=text)
        return None

    def _names(self, row: Row) -> dict[str, str]:
        names = {
            "vi": self._text(row, "name"),
            "en": self._text(row, "name_en"),
            "zh-Hans": self._text(row, "name_zh"),
        }
        return {language: name for language, name in names.items() if name}

    def _text(self, row: Row, name: str) -> str:
        column = self.columns.fields.get(name)
        return row.text(column) if column is not None else ""

    def _fault(self, key: str, row: Row, column: int | None, **values: Any) -> None:
        self.annex.faults.append(Remark(key, self.grid.place(row, column), values))

    def _note(self, key: str, row: Row, column: int | None, **values: Any) -> None:
        self.annex.notes.append(Remark(key, self.grid.place(row, column), values))


def _names_of(phase: Phase) -> set[str]:
    return {bare(phase.id), *(bare(name) for name in phase.name.values())}


def _site_of(
    site_id: str,
    phase: str,
    names: Mapping[str, str],
    values: Mapping[str, str],
    admin: Mapping[str, Any],
    place: Place,
    rank: str | None,
    kind: str,
    accepted: date | None,
) -> dict[str, Any]:
    """A site as catalog.yaml has it, fields in the order of its contract."""
    site: dict[str, Any] = {"id": site_id, "phase": phase, "name": dict(names)}
    if kind:
        site["kind"] = kind
    if rank:
        site["ranking"] = {"level": rank}
    site["admin"] = dict(admin)
    site["location"] = place.location
    if values["contractor"]:
        site["contractor"] = values["contractor"]
    if accepted:
        site["planned"] = {"accepted": accepted.isoformat()}
    site["state"] = "planned"
    return site


def by_phase(sites: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    """How many sites of each phase."""
    for phase in dict.fromkeys(site["phase"] for site in sites):
        yield phase, sum(site["phase"] == phase for site in sites)
