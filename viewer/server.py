"""Run the application in a server made for it: gunicorn, or waitress on Windows."""

import importlib
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from viewer.app import create_app
from vtour.errors import OptionError, ResourceError

DEFAULT_HOST, DEFAULT_PORT, DEFAULT_THREADS = "127.0.0.1", 8000, 8
MAX_PORT, MAX_THREADS = 65535, 256
WORKERS = 2
BACKLOG = 256


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """Where and how to serve.

    port    : 0 takes any free one.
    threads : of each worker process.
    catalog : the catalogue that /rollout shows.

    Raises OptionError for a port or a number of threads that cannot be.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    threads: int = DEFAULT_THREADS
    frame_ancestors: tuple[str, ...] = ("self",)
    catalog: Path | None = None

    def __post_init__(self) -> None:
        for name, value, least, most in (
            ("port", self.port, 0, MAX_PORT),
            ("threads", self.threads, 1, MAX_THREADS),
        ):
            if not least <= value <= most:
                raise OptionError(f"{name} {value}: expected {least} to {most}")


def serve(
    paths: Sequence[Path], options: ServerOptions, on_ready: Callable[[str, Flask], None]
) -> None:
    """Serve the packages below ``paths`` until the process is told to stop.

    on_ready : called with the address and the application, when the port is ours.

    Raises InputError and OptionError like create_app, and ResourceError when the port is taken.
    """
    app = create_app(paths, frame_ancestors=options.frame_ancestors, catalog=options.catalog)
    listener = listening_socket(options.host, options.port)
    on_ready(address_of(listener, options.host), app)
    run = _run_waitress if sys.platform == "win32" else _run_gunicorn
    run(app, listener, options.threads)


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises one-line errors: unknown host, port taken, no right to it."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise OptionError(f"host {host!r}: {error.strerror}, expected a name or address") from None
    listener = socket.socket(family, kind)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ResourceError(
            f"port {port} on {host}: {error.strerror}, expected a free one (--port)"
        ) from None
    return listener


def address_of(listener: socket.socket, host: str) -> str:
    """The address to type into a browser on this machine."""
    port = listener.getsockname()[1]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"


def _run_gunicorn(app: Flask, listener: socket.socket, threads: int) -> None:
    base: Any = importlib.import_module("gunicorn.app.base")

    descriptor = listener.detach()  # gunicorn closes it

    class Server(base.BaseApplication):  # type: ignore[misc]
        """The application that is here already, under gunicorn's settings."""

        def load_config(self) -> None:
            settings = {
                "bind": f"fd://{descriptor}",
                "worker_class": "gthread",
                "workers": WORKERS,
                "threads": threads,
                "keepalive": 15,
                "graceful_timeout": 5,
                "loglevel": "warning",
                "proc_name": "vtour",
                "control_socket_disable": True,
            }
            for name, value in settings.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Flask:
            return app

    Server().run()  # ends by SystemExit, with status 0 after Ctrl-C


def _run_waitress(app: Flask, listener: socket.socket, threads: int) -> None:
    waitress: Any = importlib.import_module("waitress")
    waitress.serve(app, sockets=[listener], threads=threads, ident="vtour")
