"""What a Supabase project has and Mend has not says so, and names what to use instead."""

import json

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from infra.local.not_served import not_served

TOPIC = "realtime:room"
REASON = {
    "status": "error",
    "response": {"reason": "Realtime is not served here: use GET /live, which streams the live documents of a person."},
}


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=not_served(["checkin", "plan"])))


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/functions/v1/checkin", "call /checkin with fetch"),
        ("/functions/v1/checkin/moods", "call /checkin with fetch"),
        ("/functions/v1/hello", "call one of /checkin, /plan with fetch"),
        ("/graphql/v1", "GraphQL is not served here"),
        ("/realtime/v1/websocket", "use GET /live"),
        ("/realtime/v1/api/broadcast", "use GET /live"),
    ],
)
def test_a_path_of_supabase_names_what_to_use(client: TestClient, path: str, says: str) -> None:
    """Clients ask for these paths by themselves, so a developer sees only the answer."""
    answer = client.post(path, json={})

    assert answer.status_code == 404
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    ("join", "reply"),
    [
        (["1", "2", TOPIC, "phx_join", {}], ["1", "2", TOPIC, "phx_reply", REASON]),
        (
            {"ref": "2", "topic": TOPIC, "event": "phx_join", "payload": {}},
            {"ref": "2", "topic": TOPIC, "event": "phx_reply", "payload": REASON},
        ),
    ],
    ids=["list", "object"],
)
def test_a_channel_is_refused_with_the_reason(client: TestClient, join: object, reply: object) -> None:
    """In both formats of the protocol. Other messages, also those that are no JSON, get no answer."""
    with client.websocket_connect("/realtime/v1/websocket") as socket:
        for text in ("{", "null", json.dumps([None, "1", "phoenix", "heartbeat", {}]), json.dumps(join)):
            socket.send_text(text)

        assert json.loads(socket.receive_text()) == reply
