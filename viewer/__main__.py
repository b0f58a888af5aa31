"""``python -m viewer PATH…``: the same server as ``vtour serve``."""

import argparse
import sys
from pathlib import Path

from flask import Flask

from viewer.server import DEFAULT_HOST, DEFAULT_PORT, DEFAULT_THREADS, ServerOptions, serve
from vtour.errors import VtourError


def main(arguments: list[str] | None = None) -> int:
    """Parse, serve until stopped, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m viewer", description="Show tours in a browser."
    )
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    parser.add_argument("--host", default=DEFAULT_HOST)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--threads", type=int, default=DEFAULT_THREADS)
    parser.add_argument("--frame-ancestors", action="append", metavar="ORIGIN")
    parser.add_argument("--catalog", type=Path, metavar="FILE")
    given = parser.parse_args(arguments)
    try:
        options = ServerOptions(
            host=given.host,
            port=given.port,
            threads=given.threads,
            frame_ancestors=tuple(given.frame_ancestors or ("self",)),
            catalog=given.catalog,
        )
        serve(given.paths, options, _say_ready)
    except VtourError as error:
        sys.stderr.write(f"Error: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return 0


def _say_ready(address: str, app: Flask) -> None:
    count = len(app.extensions["library"].packages())
    sys.stdout.write(f"{count} tour(s) at {address} (Ctrl-C stops)\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
