"""``vtour catalog accept``: accept a site and write the record."""

from pathlib import Path

import click

from vtour.cli.bar import one_bar
from vtour.cli.catalog_gates import failing, print_report
from vtour.cli.catalog_options import (
    actor_of,
    actor_options,
    catalog_argument,
    lang_option,
    open_and_tell,
)
from vtour.cli.text import say
from vtour.rollout.acceptance import accept_site, look_before_accepting
from vtour.rollout.words.say import say as words
from vtour.schema.catalog import Role

NOT_ACCEPTED = 1


@click.command()
@click.argument("site")
@catalog_argument
@actor_options
@click.option("--bilingual", is_flag=True, help="English below the Vietnamese of the record.")
@lang_option
@click.pass_context
def accept(
    context: click.Context,
    site: str,
    catalog: Path,
    name: str | None,
    role: Role | None,
    key: Path | None,
    bilingual: bool,
    language: str,
) -> None:
    """Accept SITE, which is in review. Exit status 1 when a gate fails and is not waived.

    Writes the acceptance record (biên bản nghiệm thu) to acceptance/SITE-N.docx beside the
    catalogue. Record, entry in the audit log and catalogue hold the digests of the package and the
    captures: another package needs another acceptance. Whoever delivered a site cannot accept it.

    \b
    Examples:
      vtour catalog accept tam-thanh --as 'Nguyễn An' --role manager
      vtour catalog accept tam-thanh --as 'Nguyễn An' --bilingual --sign ~/.ssh/id_ed25519
    """  # noqa: D301
    book = open_and_tell(catalog, language)
    actor = actor_of(book.catalog.programme, name, role, key)
    bar, progress = one_bar()
    with bar:
        checked = look_before_accepting(catalog, actor, site, progress)
    if failing(book.site(site), checked):
        print_report(book.site(site), checked, language)
        say(words("not_accepted", language, site=site), err=True)
        context.exit(NOT_ACCEPTED)
    done = accept_site(catalog, actor, site, checked, bilingual=bilingual)
    say(words("accepted", language, site=site, entry=done.entry.entry, by=done.entry.actor))
    shown = done.record.relative_to(catalog.parent).as_posix()
    say(words("accepted_record", language, record=shown, digest=done.sha256))
