"""What the commands share: options from dataclasses, argument types, the error border."""

import contextlib
import functools
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

import click

from vtour.cli.stopping import was_told_to_stop
from vtour.cli.text import say
from vtour.errors import VtourError
from vtour.options import OptionsT

ANY_PATH = click.Path(path_type=Path)


class Words(click.Choice[StrEnum]):
    """Values of an enumeration, as files write them: ``us-ft``, not the name ``us_ft``."""

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__(kind, case_sensitive=False)

    def normalize_choice(self, choice: Any, ctx: click.Context | None) -> str:
        """What is shown and compared."""
        word = choice.value if isinstance(choice, StrEnum) else choice
        return super().normalize_choice(word, ctx)


BUG, INTERRUPTED = 70, 130
NO_READER = 141
"""What a shell reports when a program's reader, such as head, leaves: the work may be half done."""


def options_of(cls: type[OptionsT]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add one click option per field of ``cls``.

    The command gets ``change_options``: a function that replaces, in a ``cls``, the fields that
    the user named on the command line.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def call(**values: Any) -> Any:
            given = {spec.name: values.pop(spec.name) for spec in fields(cls)}
            named = {name: value for name, value in given.items() if value is not None}

            def change_options(options: OptionsT) -> OptionsT:
                return replace(options, **named)

            return command(**values, change_options=change_options)

        wrapper: Callable[..., Any] = call
        for spec in reversed(fields(cls)):
            wrapper = _click_option(spec)(wrapper)
        return wrapper

    return decorate


def _click_option(spec: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    name, kind = spec.name.replace("_", "-"), type(spec.default)
    unit, low, high = (spec.metadata[key] for key in ("unit", "minimum", "maximum"))
    limits = _limits(low, high)
    shown = spec.default.value if isinstance(spec.default, StrEnum) else spec.default
    decorator: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
        f"--{name}/--no-{name}" if kind is bool else f"--{name}",
        type=Words(kind) if issubclass(kind, StrEnum) else kind,
        default=None,
        metavar=unit or None,
        help=f"{spec.metadata['help']}{limits} [default: {shown}]",
    )
    return decorator


def _limits(low: float | None, high: float | None) -> str:
    if low is None:
        return "" if high is None else f" (at most {high})"
    return f" (at least {low})" if high is None else f" ({low} to {high})"


def _exit_interrupted(ctx: click.Context) -> NoReturn:
    click.echo("Interrupted: what was finished is kept, run the same again.", err=True)
    ctx.exit(INTERRUPTED)


class VtourGroup(click.Group):
    """Shows a VtourError as one line with its exit status; a bug keeps its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; see the class."""
        try:
            return super().invoke(ctx)
        except VtourError as error:
            say(f"Error: {_one_line(str(error))}", err=True)
            ctx.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            _exit_interrupted(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except BrokenPipeError:
            _drop_output()
            ctx.exit(NO_READER)
        except Exception:
            if was_told_to_stop():
                _exit_interrupted(ctx)
            traceback.print_exc()
            click.echo("This is a bug in vtour: please report it with the lines above.", err=True)
            ctx.exit(BUG)


def _drop_output() -> None:
    """Send what is still to be written nowhere: Python flushes both streams at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # a stream without a file
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _one_line(text: str) -> str:
    return " ".join(text.split())
