"""``vtour catalog diff``: what changed since a revision of git."""

from itertools import groupby
from pathlib import Path

import click

from vtour.cli.catalog_options import catalog_argument, lang_option
from vtour.cli.catalog_reading import json_option
from vtour.cli.text import say, say_json
from vtour.rollout.catalog_file import catalog_from_text, read_catalog
from vtour.rollout.differences import Difference, differences
from vtour.rollout.git_text import text_at
from vtour.rollout.wording import text_in
from vtour.rollout.words.say import say as words

PARTS = ("programme", "phases", "profiles")


@click.command()
@click.argument("revision", metavar="REV")
@catalog_argument
@lang_option
@json_option
def diff(revision: str, catalog: Path, language: str, as_json: bool) -> None:
    """Say what changed in the catalogue since REV: sites, states, days, thresholds, places.

    \b
    Examples:
      vtour catalog diff HEAD
      vtour catalog diff 'main@{1 week ago}'
    """  # noqa: D301
    new = read_catalog(catalog)
    old = catalog_from_text(text_at(catalog, revision), f"{catalog.name}@{revision}")
    found = differences(old, new)
    if as_json:
        rows = [{"part": each.part, "key": each.key, "line": each.line(language)} for each in found]
        say_json({"since": revision, "differences": rows})
        return
    if not found:
        say(words("diff_none", language, revision=revision))
        return
    say(_title(found, revision, language))
    names = {site.id: text_in(site.name, language) for c in (old, new) for site in c.sites}
    for part, them in groupby(found, key=lambda each: each.part):
        say(words(f"diff_part_{part}", language) if part in PARTS else f"{part}: {names[part]}")
        for each in them:
            say(f"  {each.line(language)}")


def _title(found: list[Difference], revision: str, language: str) -> str:
    added = {each.part for each in found if each.key == "diff_site_added"}
    removed = {each.part for each in found if each.key == "diff_site_removed"}
    changed = {each.part for each in found} - added - removed - set(PARTS)
    counts = {"added": len(added), "removed": len(removed), "changed": len(changed)}
    return words("diff_title", language, revision=revision, **counts)
