"""What differs between two versions of a catalogue, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from vtour.rollout.communes import km_outside_box
from vtour.rollout.wording import both_names, number
from vtour.rollout.words.names import name_of
from vtour.rollout.words.say import say
from vtour.schema.base import Model
from vtour.schema.catalog import Catalog, CatalogSite

LISTS = ("history", "waivers", "acceptances")
"""What commands write; they are told of as a whole."""
KEYS = ("id", "name", "number")
"""By what the items of lists are told apart: phases and deliverables, people, permits."""
LONG = 80


@dataclass(frozen=True)
class Difference:
    """One thing that differs.

    part : programme, phases, profiles, or the id of a site.
    key  : of words/; ``values`` fill it.
    """

    part: str
    key: str
    values: dict[str, Any] = field(default_factory=dict)

    def line(self, language: str) -> str:
        """In words."""
        return say(self.key, language, **{k: shown(v, language) for k, v in self.values.items()})


def differences(old: Catalog, new: Catalog) -> list[Difference]:
    """Everything that differs: programme, phases, profiles, then the sites in their new order."""
    found: list[Difference] = []
    before, after = as_written(old.programme), as_written(new.programme)
    for value in (before, after):
        value.pop("audit", None)
    found += _fields("programme", before, after)
    phases = [[as_written(phase) for phase in catalog.phases] for catalog in (old, new)]
    found += _fields("phases", phases[0], phases[1])
    profiles = [
        {name: as_written(profile) for name, profile in catalog.profiles.items()}
        for catalog in (old, new)
    ]
    found += _fields("profiles", profiles[0], profiles[1])
    was = {site.id: site for site in old.sites}
    now = {site.id: site for site in new.sites}
    for site in new.sites:
        if site.id not in was:
            values = {"name": site.name, "phase": site.phase, "state": site.state}
            found.append(Difference(site.id, "diff_site_added", values))
        elif site != was[site.id]:
            found += _site(was[site.id], site)
    for site in old.sites:
        if site.id not in now:
            values = {"name": site.name, "phase": site.phase, "state": site.state}
            found.append(Difference(site.id, "diff_site_removed", values))
    return found


def as_written(model: Model) -> dict[str, Any]:
    """The values by the names that people write."""
    return model.model_dump(mode="json", exclude_none=True, by_alias=True)


def _site(old: CatalogSite, new: CatalogSite) -> Iterator[Difference]:
    if old.state is not new.state:
        steps = len(new.history) - len(old.history)
        values = {"old": old.state, "new": new.state, "steps": steps}
        yield Difference(new.id, "diff_state", values)
    elif len(new.history) != len(old.history):
        yield Difference(new.id, "diff_steps", {"steps": len(new.history) - len(old.history)})
    known = {waiver.entry for waiver in old.waivers}
    for waiver in new.waivers:
        if waiver.entry not in known:
            values = {"gate": waiver.gate, "by": waiver.by, "reason": waiver.reason}
            yield Difference(new.id, "diff_waiver", values)
    known = {acceptance.entry for acceptance in old.acceptances}
    for acceptance in new.acceptances:
        if acceptance.entry not in known:
            values = {"by": acceptance.by, "record": acceptance.record}
            yield Difference(new.id, "diff_acceptance", values)
    moved = _metres(old, new)
    if moved:
        values = {
            "metres": round(moved),
            "old": f"{old.location.lat}, {old.location.lon}",
            "new": f"{new.location.lat}, {new.location.lon}",
        }
        yield Difference(new.id, "diff_moved", values)
    before, after = as_written(old), as_written(new)
    for value in (before, after):
        for name in ("state", *LISTS):
            value.pop(name, None)
        for name in ("lat", "lon"):
            value["location"].pop(name)
    yield from _fields(new.id, before, after)


def _metres(old: CatalogSite, new: CatalogSite) -> float:
    """How far a site moved."""
    a, b = old.location, new.location
    return 1000 * km_outside_box(a.lat, a.lon, b.lon, b.lat, b.lon, b.lat)


def _fields(part: str, old: Any, new: Any, path: str = "") -> Iterator[Difference]:
    """Differences of plain values, field by field; items of lists by their ids."""
    if isinstance(old, list) and isinstance(new, list):
        keyed = _keyed(old), _keyed(new)
        if keyed[0] is not None and keyed[1] is not None:
            yield from _fields(part, *keyed, path)
            return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            below = f"{path}.{name}" if path else name
            if name not in new:
                yield Difference(part, "diff_removed", {"field": below, "old": old[name]})
            elif name not in old:
                yield Difference(part, "diff_added", {"field": below, "new": new[name]})
            else:
                yield from _fields(part, old[name], new[name], below)
    elif old != new:
        yield Difference(part, "diff_changed", {"field": path, "old": old, "new": new})


def _keyed(items: list[Any]) -> dict[str, Any] | None:
    """The items by what tells them apart; None when nothing does."""
    for key in KEYS:
        keyed = {item[key]: item for item in items if isinstance(item, dict) and key in item}
        if len(keyed) == len(items):
            return keyed
    return None


def shown(value: Any, language: str) -> str:
    """A value of a catalogue, short enough for a line."""
    if hasattr(value, "name") and hasattr(value, "value"):
        return name_of(value, language)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number(value, language)
    if isinstance(value, Mapping):
        if value and set(value) <= {"vi", "en", "zh-Hans"}:
            return both_names(dict(value), language)
        text = ", ".join(f"{k}: {shown(v, language)}" for k, v in value.items() if k not in KEYS)
        return text if len(text) <= LONG else text[: LONG - 3] + "..."
    if isinstance(value, list):
        return ", ".join(shown(item, language) for item in value)
    text = str(value)
    return text if len(text) <= LONG else text[: LONG - 3] + "..."
