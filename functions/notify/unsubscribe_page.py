"""The link at the end of a mail: a page that asks, since programs open links as well, and the click that ends it."""

from html import escape

from starlette.responses import HTMLResponse

from functions.notify import queries, texts, unsubscribe_links
from shared.clock import utc_now
from shared.http import PublicCall

PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mend</title>
<h1>{title}</h1>
{rest}
</html>
"""


async def ask(call: PublicCall) -> HTMLResponse:
    """The page that a link in a mail leads to."""
    language, page = _spoken(call)
    try:
        _read(call)
    except unsubscribe_links.LinkUnusable as error:
        return _unusable(language, page, error)
    return _shown(language, page.question, f'<form method="post"><button>{escape(page.yes)}</button></form>')


async def end(call: PublicCall) -> HTMLResponse:
    """No more mails of that kind; the link may be used again."""
    language, page = _spoken(call)
    try:
        link = _read(call)
    except unsubscribe_links.LinkUnusable as error:
        return _unusable(language, page, error)
    database = call.services.database

    async def work() -> None:
        async with database.service() as conn:
            if await queries.has_account(conn, link.person):
                queries.keep_if_new(conn, link.person, utc_now())
                queries.unsubscribe(conn, link.person, link.kind)

    await database.retry(work)
    return _shown(language, page.done, f"<p>{escape(page.again)}</p>")


def _spoken(call: PublicCall) -> tuple[str, texts.Page]:
    return texts.page(call.headers.get("accept-language"))


def _unusable(language: str, page: texts.Page, error: unsubscribe_links.LinkUnusable) -> HTMLResponse:
    title = page.expired if isinstance(error, unsubscribe_links.LinkExpired) else page.invalid
    return _shown(language, title, f"<p>{escape(page.instead)}</p>", error.status)


def _shown(language: str, title: str, rest: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(PAGE.format(language=language, title=escape(title), rest=rest), status)


def _read(call: PublicCall) -> unsubscribe_links.Unsubscribe:
    return unsubscribe_links.read(call.services.settings, call.path["link"], utc_now())
