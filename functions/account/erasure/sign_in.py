"""Deletes a person's sign-in: by the admin API of Supabase Auth, or in the database of a developer's machine."""

from uuid import UUID

from functions.account.erasure import queries
from shared.errors import Unavailable
from shared.services import Services

DELETED = {200, 204, 404}  # 404: by an earlier try


class SignInNotDeleted(Unavailable):
    """Supabase Auth did not delete the account. It is tried again."""

    code = "sign_in_not_deleted"


async def delete_sign_in(parts: Services, person: UUID) -> None:
    """Raises `SignInNotDeleted`. Supabase refuses while the person owns files in Storage, so those go first."""
    if parts.settings.supabase_url is None:
        async with parts.database.service() as conn:
            queries.delete_local_user(conn, person)
        return
    from shared.outbound.host import Host
    from shared.outbound.messages import Limits, OutboundRequest, RequestFailed
    from shared.outbound.run import Run

    if (key := parts.settings.supabase_service_key) is None:
        raise SignInNotDeleted
    headers = {"apikey": key.get_secret_value(), "Authorization": f"Bearer {key.get_secret_value()}"}
    request = OutboundRequest("DELETE", "/auth/v1/admin/users/{id}", {"id": str(person)}, repeatable=True)
    try:
        async with Run(Host(parts.settings.supabase_url, Limits(), headers)) as run:
            response = await run.send(request)
    except RequestFailed as error:
        raise SignInNotDeleted from error
    if response.status not in DELETED:
        raise SignInNotDeleted
