"""PUT /account/age-signal, and what it changes."""

import pytest

from tests.conftest import Client, ClientFactory, Clone

SUPERVISED = {"lower": 13, "upper": 15, "status": "SUPERVISED"}
STORED = "SELECT band FROM mend.age_signals WHERE user_id = %s"
COUNTED = "SELECT mend.counted_age_band(%s)"


@pytest.fixture
def account(client_for: ClientFactory) -> Client:
    return client_for("account")


async def bands_of(account: Client) -> tuple[str | None, str | None]:
    me = (await account.get("/me")).json()
    return me["age_band"], me["age_signal"]


async def test_the_account_has_what_the_person_and_the_store_say(account: Client, database: Clone) -> None:
    """The latest signal counts. Only its band is stored."""
    await account.patch("/profile", json={"age_band": "16_to_17"})

    answers = [await account.put("/age-signal", json=signal) for signal in ({"status": "VERIFIED"}, SUPERVISED)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert await bands_of(account) == ("16_to_17", "13_to_15")
    assert database.rows(STORED, account.person) == [("13_to_15",)]


@pytest.mark.parametrize("nothing", [{"status": "UNKNOWN"}, {"status": "declinedSharing"}, {}])
async def test_a_signal_that_says_nothing_removes_the_former_one(
    account: Client, database: Clone, nothing: dict[str, str]
) -> None:
    await account.put("/age-signal", json=SUPERVISED)

    answer = await account.put("/age-signal", json=nothing)

    assert answer.status_code == 204
    assert database.rows(STORED, account.person) == []


@pytest.mark.parametrize(
    ("told", "signal", "counted"),
    [
        (None, None, None),
        ("13_to_15", None, "13_to_15"),
        (None, {"status": "VERIFIED"}, "18_or_over"),
        ("18_or_over", SUPERVISED, "13_to_15"),
        ("under_13", {"lower": 16, "upper": 17}, "under_13"),
        ("13_to_15", {"status": "VERIFIED"}, "13_to_15"),
    ],
)
async def test_the_younger_band_counts(
    account: Client, database: Clone, told: str | None, signal: dict[str, object] | None, counted: str | None
) -> None:
    """So a signal makes nobody older than they said."""
    await account.patch("/profile", json={"age_band": told})
    if signal:
        await account.put("/age-signal", json=signal)

    assert database.value(COUNTED, account.person) == counted


async def test_a_signal_is_no_profile(account: Client) -> None:
    """The person still has to fill in theirs at the beginning."""
    await account.put("/age-signal", json=SUPERVISED)

    assert "profile" not in (await account.get("/me")).json()["onboarding"]["done"]
