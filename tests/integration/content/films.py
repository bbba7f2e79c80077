"""Films, and TMDB offering them."""

from typing import Any

from pydantic import SecretStr

from functions.content.providers.tmdb import Tmdb
from shared.outbound.messages import Limits
from tests.integration.content.server import Provider, ReceivedRequest, Reply, always_reply, json_reply

QUICK = Limits(requests=300, seconds=10, request_seconds=2, first_pause=0.001, response_bytes=2**21)
COMEDY, FAMILY, HORROR = 35, 10751, 27


def film(number: int, **other: object) -> dict[str, Any]:
    return {
        "id": number,
        "title": f"Film {number}",
        "overview": "Somebody else's words about it.",
        "runtime": 88,
        "release_date": "1988-04-16",
        "adult": False,
        "genres": [{"id": COMEDY, "name": "Comedy"}, {"id": 878, "name": "Science Fiction"}],
        "poster_path": "/rtGDOeG9LzoerkDGZF9dnVeLppL.jpg",
        "credits": {
            "cast": [],
            "crew": [{"job": "Producer", "name": "Toru"}, {"job": "Director", "name": "Hayao"}],
        },
        **other,
    }


def offering(provider: Provider, *films: dict[str, Any], pages: int = 1) -> Tmdb:
    """A provider whose comedies are these, on so many pages."""
    size = -(-len(films) // pages)

    def discover(request: ReceivedRequest) -> Reply:
        page = int(request["page"])
        page_films = films[(page - 1) * size : page * size] if int(request["with_genres"]) == COMEDY else []
        return json_reply({"page": page, "results": [{"id": f["id"]} for f in page_films], "total_pages": pages})

    provider.answers["/3/discover/movie"] = discover
    provider.answers |= {f"/3/movie/{each['id']}": always_reply(each) for each in films}
    return Tmdb(SecretStr("ey.token"), api=f"{provider.url}/3", limits=QUICK)
