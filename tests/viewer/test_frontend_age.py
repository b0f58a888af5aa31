"""A front end that is older than its sources is noticed."""

import os

from viewer.frontend import FrontEnd


def test_sources_that_changed_after_the_build_are_noticed(static, tmp_path):
    sources = tmp_path / "src"
    sources.mkdir()
    source = sources / "tour.ts"
    source.write_text("let a;")
    built = (static / ".vite/manifest.json").stat().st_mtime
    os.utime(source, (built - 60, built - 60))
    assert not FrontEnd(static).is_older_than(sources)
    os.utime(source, (built + 60, built + 60))
    assert FrontEnd(static).is_older_than(sources)


def test_without_sources_or_without_a_build_there_is_nothing_to_compare(static, tmp_path):
    assert not FrontEnd(static).is_older_than(tmp_path / "none")
    assert not FrontEnd(tmp_path / "none").is_older_than(static)
