"""The page that the link at the end of a mail opens.

A GET only shows a button, because mail programs open links by themselves. The POST of the button switches the mail off.
"""

from html import escape

from starlette.responses import HTMLResponse

from functions.notify import queries, texts, unsubscribe_links
from shared.clock import utc_now
from shared.http import PublicCall

PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mend</title>
<h1>{title}</h1>
{content}
</html>
"""


async def show_unsubscribe_page(call: PublicCall) -> HTMLResponse:
    """The page that asks whether to unsubscribe."""
    language, page = _texts(call)
    try:
        _verify(call)
    except unsubscribe_links.LinkUnusable as error:
        return _error_page(language, page, error)
    return _page(language, page.question, f'<form method="post"><button>{escape(page.button)}</button></form>')


async def unsubscribe(call: PublicCall) -> HTMLResponse:
    """Switch off this kind of mail. The link may be used again."""
    language, page = _texts(call)
    try:
        link = _verify(call)
    except unsubscribe_links.LinkUnusable as error:
        return _error_page(language, page, error)
    database = call.services.database

    async def switch_off() -> None:
        async with database.service() as conn:
            if await queries.has_account(conn, link.person):
                queries.insert_default_preferences(conn, link.person, utc_now())
                queries.switch_off(conn, link.person, link.kind)

    await database.retry(switch_off)
    return _page(language, page.done, f"<p>{escape(page.done_hint)}</p>")


def _texts(call: PublicCall) -> tuple[str, texts.PageTexts]:
    return texts.page(call.headers.get("accept-language"))


def _error_page(language: str, page: texts.PageTexts, error: unsubscribe_links.LinkUnusable) -> HTMLResponse:
    title = page.expired if isinstance(error, unsubscribe_links.LinkExpired) else page.invalid
    return _page(language, title, f"<p>{escape(page.error_hint)}</p>", error.status)


def _page(language: str, title: str, content: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(PAGE.format(language=language, title=escape(title), content=content), status)


def _verify(call: PublicCall) -> unsubscribe_links.Unsubscription:
    return unsubscribe_links.verify(call.services.settings, call.path["link"], utc_now())
