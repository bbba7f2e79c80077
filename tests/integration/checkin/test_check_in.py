"""POST /checkin."""

from tests.conftest import Client


async def test_a_check_in_answers_with_five_recommendations(me: Client) -> None:
    """Recording a mood answers 201 with the entry, five ways that may help, and the streak."""
    response = await me.post("/", json={"mood": "sad", "intensity": 7})

    assert response.status_code == 201
    answer = response.json()
    assert answer["mood"] == "sad"
    assert len(answer["recommendations"]) == 5
    assert answer["streak"] == {"current": 1, "longest": 1, "checked_in_today": True}
    assert answer["support"] is None
