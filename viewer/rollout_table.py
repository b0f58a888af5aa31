"""The table of sites: what a reader filters, sorts and pages by, read off the address."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from vtour.rollout.read import RolloutView, SiteView, bare_text, plain_name
from vtour.schema.catalog import SiteState

PAGE_ROWS = 100
MAX_SEARCH = 100
EVER = date.max
STATES = tuple(SiteState)


@dataclass(frozen=True)
class Choice:
    """What a reader asked for; anything that means nothing counts as not asked."""

    text: str = ""
    phase: str = ""
    state: str = ""
    contractor: str = ""
    late: bool = False
    sort: str = "order"
    down: bool = False
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        """Whether rows are left out."""
        return bool(self.text or self.phase or self.state or self.contractor or self.late)

    def query(self, **changes: Any) -> dict[str, str]:
        """The parameters of an address with these changes; the first page unless it is named."""
        asked = replace(self, **{"page": 1, **changes})
        values = {
            "q": asked.text,
            "phase": asked.phase,
            "state": asked.state,
            "contractor": asked.contractor,
            "late": "1" if asked.late else "",
            "sort": "" if asked.sort == "order" else asked.sort,
            "down": "1" if asked.down else "",
            "page": "" if asked.page == 1 else str(asked.page),
        }
        return {name: value for name, value in values.items() if value}

    def sorted_by(self, key: str) -> dict[str, str]:
        """The parameters that sort by a column, the other way round when it is sorted by it."""
        return self.query(sort=key, down=self.sort == key and not self.down)


@dataclass(frozen=True)
class Table:
    """The rows of one page, and how many there are of them in all."""

    rows: Sequence[SiteView]
    first: int
    found: int
    page: int
    pages: int


def choice_of(arguments: Mapping[str, str], view: RolloutView) -> Choice:
    """What the parameters of an address ask for."""
    page = arguments.get("page", "")
    sort = arguments.get("sort", "")
    return Choice(
        text=" ".join(arguments.get("q", "")[:MAX_SEARCH].split()),
        phase=_one_of(arguments.get("phase", ""), view.phases),
        state=_one_of(arguments.get("state", ""), STATES),
        contractor=_one_of(arguments.get("contractor", ""), contractors_of(view)),
        late=arguments.get("late", "") not in ("", "0"),
        sort=sort if sort in SORTS else "order",
        down=arguments.get("down", "") not in ("", "0"),
        page=int(page) if page.isdecimal() and len(page) < 8 else 1,
    )


def contractors_of(view: RolloutView) -> list[str]:
    """Who works on the sites, sorted."""
    return sorted({each.site.contractor for each in view.sites if each.site.contractor})


def table_of(view: RolloutView, choice: Choice, language: str) -> Table:
    """The rows that a reader asked for; the last page when there are fewer."""
    found = [each for each in view.sites if _is_wanted(each, choice)]
    key = SORTS.get(choice.sort)
    if key is not None:
        found.sort(key=lambda each: key(each, language), reverse=choice.down)
    elif choice.down:
        found.reverse()
    pages = max(1, -(-len(found) // PAGE_ROWS))
    page = min(max(choice.page, 1), pages)
    start = (page - 1) * PAGE_ROWS
    return Table(found[start : start + PAGE_ROWS], start + 1, len(found), page, pages)


def _is_wanted(view: SiteView, choice: Choice) -> bool:
    site = view.site
    if choice.phase and site.phase != choice.phase:
        return False
    if choice.state and site.state != choice.state:
        return False
    if choice.contractor and site.contractor != choice.contractor:
        return False
    if choice.late and view.late is None:
        return False
    return not choice.text or _has(view, choice.text)


def _has(view: SiteView, text: str) -> bool:
    """Whether all words are in what the site is called, with or without their accents."""
    return all(word in view.search_text for word in bare_text(text).split())


def _one_of(value: str, choices: Any) -> str:
    return value if value in choices else ""


def _name(view: SiteView, language: str) -> Any:
    name = view.site.name.get(language) or next(iter(view.site.name.values()), view.site.id)
    return bare_text(name), name


def _since(view: SiteView, _: str) -> Any:
    at = view.since
    if at is None:
        return datetime.min.replace(tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


SORTS: dict[str, Callable[[SiteView, str], Any]] = {
    "name": _name,
    "phase": lambda view, _: view.site.phase,
    "commune": lambda view, _: plain_name(view.site.admin.commune),
    "state": lambda view, _: STATES.index(view.site.state),
    "due": lambda view, _: view.planned[1] if view.planned else EVER,
    "late": lambda view, _: -view.late.days if view.late else 1,
    "contractor": lambda view, _: bare_text(view.site.contractor or "\uffff"),
    "since": _since,
}
"""How each column sorts. ``order`` is that of the catalogue."""
