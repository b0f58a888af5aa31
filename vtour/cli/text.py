"""Text for the terminal: names and messages from outside never steer it, whatever they hold."""

import json
from typing import Any

import click


def printable(text: str) -> str:
    """One line without control characters and bytes that are no text: all of them spelt out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def say(text: str = "", *, err: bool = False) -> None:
    """Print one line."""
    click.echo(printable(text), err=err)


def say_json(value: Any, *, indent: int | None = 2) -> None:
    """Print JSON; what does not print is escaped, a byte that is no text as U+DC80 to U+DCFF."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    click.echo("\n".join(map(_escaped, text.split("\n"))))


def _escaped(text: str) -> str:
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
