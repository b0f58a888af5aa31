"""Errors of the rollout: one line for its user, in the language that the command was asked in."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from vtour.errors import InputError
from vtour.rollout.words.say import say
from vtour.schema.catalog import Catalog, CatalogSite
from vtour.slugs import slug_from_name as slug

Line = Callable[[str], str]


class RefusedError(InputError):
    """Something cannot be done; ``line`` says it in a language, the message is in English."""

    def __init__(self, line: Line) -> None:
        super().__init__(line("en"))
        self.line = line


def refused(key: str, /, **values: Any) -> RefusedError:
    """The error with some words; a value may be a function of the language."""

    def line(language: str) -> str:
        said = {
            name: value(language) if callable(value) else value for name, value in values.items()
        }
        return say(key, language, **said)

    return RefusedError(line)


def line_of_error(error: InputError) -> Line:
    """What an error says, in a language where it knows more than one."""
    return error.line if isinstance(error, RefusedError) else lambda _: str(error)


def either(names: Any) -> Line:
    """'one or another', in a language."""
    return lambda language: say("or", language).join(map(str, names))


def find_site(catalog: Catalog, site_id: str, name: str) -> CatalogSite:
    """One site. Raises RefusedError when there is none of that id, with those that may be meant.

    name : the catalogue's, for the error.
    """
    found = next((site for site in catalog.sites if site.id == site_id), None)
    if found is not None:
        return found
    ids = [site.id for site in catalog.sites]
    named = [
        site.id
        for site in catalog.sites
        if slug(site_id) in {slug(text) for text in site.name.values()}
    ]
    meant = named or get_close_matches(slug(site_id), ids, n=3)
    sites = ", ".join(meant)
    raise refused(
        "no_site",
        name=name,
        site=site_id,
        hint=lambda language: say("no_site_meant", language, sites=sites) if sites else "",
    )
