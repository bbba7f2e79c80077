"""GET /pictures: pictures for items that have none."""

from typing import get_args
from xml.etree import ElementTree as ET

import pytest

from functions.recommend.pictures import draw_picture
from shared.http import Kind
from shared.moods import MOODS
from tests.conftest import Client, Clone
from tests.integration.recommend.library import listed


async def test_every_item_has_a_picture_that_opens(me: Client, database: Clone) -> None:
    """An item without a picture of its own has that of its kind and first mood, which needs no sign-in."""
    items = await listed(me, limit=200)
    address = items[0]["image_url"].partition("/recommend")[2]
    response = await me.get(address, headers={"Authorization": ""})

    assert all(item["image_url"] for item in items)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert "public" in response.headers["Cache-Control"]
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["/pictures/rest/nosuchmood.svg", "/pictures/nosuchkind/sad.svg", "/pictures/rest/sad.png"]
)
async def test_another_picture_is_not_found(me: Client, path: str) -> None:
    assert (await me.get(path)).status_code == 404


def test_every_picture_is_small_and_differs_by_kind_and_mood() -> None:
    """Each is well-formed XML of less than 4 KB, with colours for a light and for a dark theme."""
    pictures = [draw_picture(kind, mood) for kind in get_args(Kind) for mood in MOODS]

    assert len({*pictures}) == len(pictures)
    assert max(map(len, pictures)) < 4_000
    for picture in pictures:
        ET.fromstring(picture)  # noqa: S314 - our own
        assert "prefers-color-scheme:dark" in picture
