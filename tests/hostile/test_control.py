"""The valid requests that the hostile ones are made from."""

from tests.hostile.conftest import Stage
from tests.hostile.routes import every_route


async def test_every_route_accepts_what_its_description_says(stage: Stage) -> None:
    """A request made from a route's description succeeds, so other tests refuse only what they changed."""
    routes = sorted(every_route(), key=lambda route: (route.method == "DELETE", str(route) == "account DELETE /"))
    replies = {str(route): await stage.send(route, stage.request(route)) for route in routes}

    assert {name: reply.body for name, reply in replies.items() if not 200 <= reply.status < 300} == {}
