"""What staff may see of a person, and the log of who looked, which the person reads.

An admin opens access for a stated reason and some minutes. Opening it and every look are recorded in the transaction
that answers. Nothing that the person wrote is shown.
"""

from datetime import timedelta

from starlette.responses import Response

from functions.account.access_log import queries
from functions.account.archive.tables import load_tables
from functions.account.errors import SupportAccessNeeded
from functions.account.models import AccessLog, PersonForSupport, SupportAccess, SupportAccessDraft
from shared.errors import NotFound
from shared.http import Call, model_response
from shared.http.paging import NEWEST_FIRST, PageQuery

LOG = "mend.access_log"  # not counted: every look would change it


async def open_support_access(call: Call[SupportAccessDraft]) -> Response:
    """For admins: open your access to what support needs of a person. The person sees the reason."""
    draft, until = call.body, call.now + timedelta(minutes=call.body.minutes)
    if not await queries.open_access(call.conn, draft.person, draft.reason, until, call.now):
        raise NotFound
    return model_response(SupportAccess(person=draft.person, until=until), 201)


async def get_person_for_support(call: Call) -> Response:
    """For admins: see settings, counts and failures of a person, while your access is open. No words of theirs."""
    tables = [table.name for table in load_tables() if table.name != LOG]
    person = await queries.view_person(call.conn, call.id, tables, call.now)
    if person is None:
        raise SupportAccessNeeded
    return model_response(PersonForSupport(**person))


async def list_accesses(call: Call[None, PageQuery]) -> Response:
    """List who read or took out what is held on you, and why. Newest first."""

    async def fetch(after: queries.Position, limit: int) -> list[queries.AccessRow]:
        return await queries.load_accesses(call.conn, after, limit)

    page = await NEWEST_FIRST.page(
        call.query, f"access log {call.person.id}", fetch, lambda row: (row.occurred_at, row.id)
    )
    return model_response(AccessLog(items=[row.item for row in page.items], next_cursor=page.next_cursor))
