"""Deletes the installations of an app at Firebase, with all that Firebase keeps of them.

The address is that of `firebase_admin.instance_id`, which blocks. The part of a registration token before its colon is
the id of the installation. A token without that part says nothing to Firebase; the receipt tells until when it is kept.
"""

import re
from collections.abc import Sequence

from functions.account.google_sign_in import access_token
from shared.errors import Unavailable

API = "https://console.firebase.google.com"
SCOPE = "https://www.googleapis.com/auth/firebase"
INSTALLATION = re.compile(r"([A-Za-z0-9_-]{22}):.+")
DELETED = {200, 404}
REFUSED = {400, 403, 409}  # not an installation of this project


class FirebaseUnavailable(Unavailable):
    """Firebase did not answer. It is tried again."""

    code = "firebase_unavailable"


async def delete_installations(
    project: str, tokens: Sequence[str], *, api: str = API, token: str | None = None
) -> bool:
    """Whether all of them are deleted. Raises `FirebaseUnavailable`."""
    from shared.outbound.host import Host
    from shared.outbound.messages import Limits, OutboundRequest, RequestFailed
    from shared.outbound.run import Run

    ids = [match[1] for token in tokens if (match := INSTALLATION.fullmatch(token))]
    complete = len(ids) == len(tokens)
    if not ids:
        return complete
    headers = {"Authorization": f"Bearer {token or await access_token(SCOPE)}"}
    try:
        async with Run(Host(api, Limits(), headers)) as run:
            for id_ in ids:
                parts = {"project": project, "id": id_}
                request = OutboundRequest("DELETE", "/v1/project/{project}/instanceId/{id}", parts, repeatable=True)
                status = (await run.send(request)).status
                if status not in DELETED | REFUSED:
                    raise FirebaseUnavailable
                complete = complete and status in DELETED
    except RequestFailed as error:
        raise FirebaseUnavailable from error
    return complete
