"""What the commands of ``vtour catalog`` share: which catalogue, which language, who acts.

What only changing needs is imported when something is changed: lint and status start faster.
"""

import os
import subprocess
import unicodedata
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vtour.cli.options import ANY_PATH, Words
from vtour.cli.text import say
from vtour.rollout.refusals import RefusedError, either, refused
from vtour.rollout.words.say import LANGUAGES
from vtour.rollout.words.say import say as words
from vtour.schema.catalog import Programme, Role

if TYPE_CHECKING:
    from vtour.rollout.ledger import Actor, Book

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

catalog_argument: Decorator = click.argument(
    "catalog", type=ANY_PATH, default=Path("catalog.yaml"), metavar="[CATALOG]"
)


def home_language() -> str:
    """Vietnamese where the terminal speaks it, else English."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    said = next((name for name in names if name), "")
    return "vi" if said.lower().startswith("vi") else "en"


def lang_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--lang``: what the command says, and why it does nothing."""

    @wraps(command)
    def in_language(*arguments: Any, language: str, **options: Any) -> Any:
        try:
            return command(*arguments, language=language, **options)
        except RefusedError as error:
            error.args = (error.line(language),)
            raise

    return click.option(
        "--lang",
        "language",
        type=click.Choice(LANGUAGES),
        default=home_language,
        help="Language of what is said. [default: that of LANG]",
    )(in_language)


def actor_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add who acts: ``name``, ``role`` and ``key``."""
    for option in (
        click.option("--sign", "key", type=ANY_PATH, help="SSH key to sign the entry with."),
        click.option(
            "--role", type=Words(Role), help="As what: needed where the name has several."
        ),
        click.option("--as", "name", help="Who acts. [default: git's user.name]"),
    ):
        command = option(command)
    return command


def actor_of(
    programme: Programme, name: str | None, role: Role | None, key: Path | None
) -> "Actor":
    """Who acts.

    Raises InputError when no name is known, or no role.
    """
    from vtour.rollout.ledger import Actor
    from vtour.rollout.signing import signer
    from vtour.rollout.transitions import person_of

    name = (name or _name_in_git() or "").strip()
    if not name:
        raise refused("nobody")
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in name):
        raise refused("name_unseen", found=name)
    person = person_of(programme, name)
    name = person.name if person else name
    if role is None:
        if person is None or len(person.roles) > 1:
            raise refused("role_needed", actor=name, roles=either(person.roles if person else Role))
        role = person.roles[0]
    return Actor(name, role, signer(key, programme.people) if key else None)


def open_and_tell(path: Path, language: str, *, err: bool = False) -> "Book":
    """The catalogue and its log; a line for each entry that a killed command had left undone.

    err : the lines go to the error stream, where the output is for programs.
    """
    from vtour.rollout.ledger import open_book

    book = open_book(path)
    for entry in book.completed:
        values = {"name": path.name, "entry": entry.entry, "site": entry.site}
        say(words("completed_from_log", language, **values, state=entry.state), err=err)
    return book


def _name_in_git() -> str | None:
    try:
        found = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return found.stdout.strip() or None
