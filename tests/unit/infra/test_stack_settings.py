"""What the stack on this machine makes of its settings."""

import pytest

from infra.local.stack import StackSettings


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"PORT": "8392"}, "http://127.0.0.1:8392"),
        ({"PORT": "8392", "PUBLIC_URL": "https://mend.example"}, "https://mend.example"),
    ],
    ids=["unset", "port", "both"],
)
def test_links_in_mails_and_calendars_lead_to_the_stack_that_made_them(given: dict[str, str], url: str) -> None:
    """At its own port, unless it is said to be reached elsewhere."""
    assert StackSettings.from_mapping(given).public_url == url
