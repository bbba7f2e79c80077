"""The preconditions of a change."""

import pytest

from shared.http.preconditions import PreconditionFailed, PreconditionRequired, check_preconditions, etag, lists

TAG, OTHER = '"a"', '"b"'


@pytest.mark.parametrize(
    ("headers", "current"),
    [
        ({}, None),
        ({"if-none-match": "*"}, None),
        ({"if-none-match": OTHER}, None),
        ({"if-match": TAG}, TAG),
        ({"if-match": "*"}, TAG),
        ({"if-match": f'{OTHER},W/{TAG} , "c"'}, TAG),
        ({"if-match": " * "}, TAG),
        ({"if-match": TAG, "if-none-match": OTHER}, TAG),
    ],
)
def test_a_change_whose_conditions_hold_is_made(headers: dict[str, str], current: str | None) -> None:
    """A creation needs no condition."""
    check_preconditions(headers, current)


@pytest.mark.parametrize(
    ("headers", "current"),
    [
        ({"if-match": OTHER}, TAG),
        ({"if-match": "a"}, TAG),
        ({"if-match": ""}, TAG),
        ({"if-match": f"{OTHER}, *"}, TAG),
        ({"if-match": TAG}, None),
        ({"if-match": "*"}, None),
        ({"if-none-match": "*"}, TAG),
        ({"if-none-match": f"{OTHER}, W/{TAG}"}, TAG),
        ({"if-match": TAG, "if-none-match": "*"}, TAG),
    ],
)
def test_a_change_of_another_state_is_refused(headers: dict[str, str], current: str | None) -> None:
    """It was changed, created or deleted since it was read. In a list, `*` is no tag."""
    with pytest.raises(PreconditionFailed):
        check_preconditions(headers, current)


@pytest.mark.parametrize("headers", [{}, {"if-none-match": OTHER}])
def test_a_change_of_what_exists_names_its_version(headers: dict[str, str]) -> None:
    """Otherwise the change of another device could be lost."""
    with pytest.raises(PreconditionRequired):
        check_preconditions(headers, TAG)


def test_a_tag_tells_bodies_apart() -> None:
    """Equal bodies have equal tags."""
    assert etag(b"one") == etag(b"one") != etag(b"two")
    assert lists(etag(b"one"), etag(b"one"))
