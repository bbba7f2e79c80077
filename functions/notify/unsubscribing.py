"""The link at the end of a mail: a page that asks, since programs open links as well, and the click that ends it."""

from starlette.responses import HTMLResponse

from functions.notify import queries, unsubscribe
from shared.clock import utc_now
from shared.http import Visit

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mend</title>
<h1>{title}</h1>
{rest}
</html>
"""
ASK = PAGE.format(title="No more of these mails?", rest='<form method="post"><button>Unsubscribe</button></form>')
DONE = PAGE.format(title="Done.", rest="<p>You can turn these mails on again in the app.</p>")


async def ask(visit: Visit) -> HTMLResponse:
    """The page that a link in a mail leads to."""
    _read(visit)
    return HTMLResponse(ASK)


async def end(visit: Visit) -> HTMLResponse:
    """No more mails of that kind; the link may be used again."""
    link = _read(visit)
    database = visit.services.database

    async def work() -> None:
        async with database.service() as conn:
            if await queries.has_account(conn, link.person):
                queries.keep_if_new(conn, link.person, utc_now())
                queries.unsubscribe(conn, link.person, link.kind)

    await database.retrying(work)
    return HTMLResponse(DONE)


def _read(visit: Visit) -> unsubscribe.Unsubscribe:
    return unsubscribe.read(visit.services.settings, visit.path["link"], utc_now())
