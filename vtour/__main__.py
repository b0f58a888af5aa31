"""``python -m vtour``."""

from vtour.cli.main import main

main()
