"""The valid requests that the hostile ones are made from."""

from tests.hostile.conftest import Stage
from tests.hostile.routes import ELSEWHERE, Route, every_route

LAST = ["account PUT /consents/{purpose:str}", "account DELETE /"]  # others need the consent, and the account

REFUSED = {
    "account POST /firebase-token": 404,  # the stage has no Firebase
    "account PUT /guardian": 409,  # nobody needs to be asked for the person
    "account GET /guardian/{guardian_link:guardian}": 410,  # so there is no question
    "account POST /guardian/{guardian_link:guardian}/allow": 410,
    "account POST /guardian/{guardian_link:guardian}/refuse": 410,
    "companion POST /conversations/{id:uuid}/messages": 422,  # no model sees its picture
    "recommend DELETE /content/{id:uuid}/picture": 404,  # it has none
    "companion POST /conversations/{id:uuid}/messages/{message_id:uuid}/regenerate": 409,  # a script would say so again
    "recommend PUT /content/{id:uuid}/picture/{upload:uuid}": 404,  # no such upload
    "companion DELETE /conversations/{id:uuid}/messages/{message_id:uuid}/feedback": 404,  # it was deleted before
    "companion GET /conversations/{id:uuid}/hand-over": 409,  # the conversation is not one with the support
    "companion POST /conversations/{id:uuid}/hand-over": 409,
}


async def test_every_route_accepts_what_its_description_says(stage: Stage) -> None:
    """A request made from a route's description succeeds, so other tests refuse only what they changed."""
    answered_here = [route for route in every_route() if str(route) not in ELSEWHERE]
    routes = sorted(answered_here, key=lambda route: (_place_at_end(route), route.method == "DELETE"))
    replies = {str(route): await stage.send(route, stage.request(route)) for route in routes}

    assert {name: reply.status for name, reply in replies.items() if not 200 <= reply.status < 300} == REFUSED


def _place_at_end(route: Route) -> int:
    return LAST.index(str(route)) + 1 if str(route) in LAST else 0
