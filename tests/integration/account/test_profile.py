"""GET and PATCH /account/profile."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Client, ClientFactory, Clone
from tests.faults.postgres_state import let_wait

DEFAULTS: dict[str, object] = {
    "display_name": None,
    "timezone": "UTC",
    "locale": "en",
    "country": None,
    "day_starts_at": "00:00",
    "streaks_enabled": True,
    "interests": [],
    "avoid": [],
    "age_band": None,
    "companion_remembers": False,
    "preferences": [],
    "constraints": [],
    "past_destinations": [],
    "wishlist_regions": [],
}
CHANGED: dict[str, object] = {
    "display_name": "Ana 🌱",
    "timezone": "America/Argentina/Ushuaia",
    "locale": "es-AR",
    "country": "AR",
    "day_starts_at": "04:30",
    "streaks_enabled": False,
    "interests": ["music", "outdoors"],
    "avoid": ["Movement"],
    "age_band": "18_or_over",
    "companion_remembers": True,
    "preferences": ["ruhige Orte", "列車"],
    "constraints": ["no flights"],
    "past_destinations": ["Lisbon"],
    "wishlist_regions": ["the north of Norway", "Åland"],
}


@pytest.fixture
def account(client_for: ClientFactory) -> Client:
    return client_for("account")


def event_data(database: Clone, client: Client) -> list[Any]:
    events = database.rows("SELECT type, data FROM mend.outbox WHERE user_id = %s ORDER BY id", client.person)
    assert {kind for kind, _ in events} <= {"profile.changed"}
    return [data for _, data in events]


async def test_a_new_person_has_the_default_profile(account: Client) -> None:
    """Until a person changes something, the profile has the default values."""
    response = await account.get("/profile")

    assert (response.status_code, response.json()) == (200, DEFAULTS)


async def test_a_change_affects_only_the_named_fields(
    account: Client, client_for: ClientFactory, database: Clone
) -> None:
    """Each field changes alone. Other fields and other people's profiles stay."""
    other = client_for("account")
    expected = {**DEFAULTS}

    for name, value in CHANGED.items():
        expected[name] = value
        response = await account.patch("/profile", json={name: value})
        assert (response.status_code, response.json()) == (200, expected)
        assert (await account.get("/profile")).json() == expected

    assert expected == CHANGED
    assert (await other.get("/profile")).json() == DEFAULTS
    assert event_data(database, account) == [{"fields": [name]} for name in CHANGED]


async def test_an_event_names_the_changed_fields(account: Client, database: Clone) -> None:
    """It contains names without values. Setting equal values emits no event."""
    await account.patch("/profile", json=DEFAULTS)
    assert event_data(database, account) == []

    await account.patch("/profile", json={"display_name": "Ana", "country": "AR", "locale": "en"})
    await account.patch("/profile", json={"display_name": "Ana"})

    assert event_data(database, account) == [{"fields": ["country", "display_name"]}]


async def test_optional_fields_can_be_cleared(account: Client) -> None:
    """Name and country can be null again, and the lists empty."""
    await account.patch("/profile", json=CHANGED)

    cleared: dict[str, object] = {"display_name": None, "country": None, "interests": [], "avoid": []}
    assert (await account.patch("/profile", json=cleared)).json() == CHANGED | cleared


async def test_two_concurrent_changes_both_stay(account: Client, database: Clone) -> None:
    """Two devices set different fields. Neither overwrites the other, for a new profile and for an existing one."""
    let_wait(database)
    for country, name in (("AR", "Ana"), ("CL", "Eva")):
        with database.admin() as conn, conn.transaction():
            conn.execute("LOCK TABLE user_profiles IN SHARE MODE")  # allows reads, blocks writes
            changes = [{"country": country}, {"display_name": name}]
            requests = [asyncio.create_task(account.patch("/profile", json=change)) for change in changes]
            await both_wait(database)
        responses = await asyncio.gather(*requests)

        assert [response.status_code for response in responses] == [200, 200]
        profile = (await account.get("/profile")).json()
        assert (profile["country"], profile["display_name"]) == (country, name)


async def both_wait(database: Clone) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    async with asyncio.timeout(60):
        while database.value(waiting, database.name) < 2:  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.01)


async def test_equal_concurrent_changes_happen_once(account: Client, database: Clone) -> None:
    """All responses have the new value, and one event is emitted."""
    responses = await asyncio.gather(*(account.patch("/profile", json={"country": "AR"}) for _ in range(6)))

    assert {response.json()["country"] for response in responses} == {"AR"}
    assert event_data(database, account) == [{"fields": ["country"]}]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"timezone": "Mars/Phobos"},
        {"timezone": "UTC+2"},
        {"timezone": "../../etc/passwd"},
        {"timezone": "europe/london"},
        {"timezone": ""},
        {"timezone": None},
        {"timezone": "UTC\0"},
        {"country": "GBR"},
        {"country": "g"},
        {"country": "GB\n"},
        {"locale": "english"},
        {"locale": "de--AT"},
        {"locale": "de-" + "x" * 9},
        {"locale": None},
        {"locale": "en\n"},
        {"day_starts_at": "24:00"},
        {"day_starts_at": "4:00"},
        {"day_starts_at": "04:00:00"},
        {"day_starts_at": 4},
        {"streaks_enabled": "no"},
        {"streaks_enabled": 0},
        {"display_name": "x" * 81},
        {"display_name": "a\0b"},
        {"display_name": "\u202e"},
        {"display_name": "\u200b \u2060"},
        {"interests": [""]},
        {"interests": ["x"] * 51},
        {"avoid": None},
        {"avoid": ["musik"]},
        {"country": "XX"},
        {"age_band": "adult"},
        {"user_id": "0190a7b2-0000-7000-8000-000000000001"},
        {"country": "GB", "role": "admin"},
    ],
)
async def test_an_invalid_change_is_refused(account: Client, change: dict[str, object]) -> None:
    """One invalid field refuses the whole change with 422. The error has the location, never the value."""
    response = await account.patch("/profile", json=change)

    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["errors"]
    assert (await account.get("/profile")).json() == DEFAULTS


@pytest.mark.parametrize(
    ("written", "locale"),
    [
        ("EN", "en"),
        ("de_AT", "de-AT"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("ca-ES-valencia", "ca-ES"),
        ("en-u-ca-buddhist", "en"),
    ],
)
async def test_a_locale_is_stored_in_the_usual_form(account: Client, written: str, locale: str) -> None:
    """As phones write it: of it, the language, the script and the region count."""
    changed = await account.patch("/profile", json={"locale": written})

    assert (changed.status_code, changed.json()["locale"]) == (200, locale)


async def test_an_unknown_interest_is_refused_with_the_nearest_known(account: Client) -> None:
    """The error has no word of the person. Where no known word is near, it says where all are listed."""
    response = await account.patch("/profile", json={"interests": ["music", "musik"], "avoid": ["qqqq"]})

    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"loc": ["body", "interests", 1], "msg": "Unknown. Did you mean `music`?"},
        {"loc": ["body", "avoid", 0], "msg": "Unknown. GET /account/options lists all."},
    ]


async def test_words_that_are_stored_may_stay(account: Client, database: Clone) -> None:
    """A profile may have them from an archive, or from before their tag was deleted."""
    await account.patch("/profile", json={"interests": ["music"]})
    database.rows("UPDATE user_profiles SET interests = '{tea}' WHERE user_id = %s RETURNING 1", account.person)

    kept = await account.patch("/profile", json={"interests": ["tea", "film"]})

    assert (kept.status_code, kept.json()["interests"]) == (200, ["tea", "film"])


async def test_every_option_is_accepted(account: Client) -> None:
    """The lists have kinds and tags of the catalogue, countries, and languages that have texts."""
    options = (await account.get("/options")).json()

    words = options["interests"]
    batches = [words[i : i + 50] for i in range(0, len(words), 50)]
    accepted = [await account.patch("/profile", json={"interests": batch}) for batch in batches]
    accepted += [await account.patch("/profile", json={"country": code}) for code in options["countries"][::50]]
    accepted += [await account.patch("/profile", json={"locale": code}) for code in options["locales"]]

    assert {response.status_code for response in accepted} == {200}
    assert {"music", "outdoors"} <= set(words)
    assert options["avoid"] == words
    assert {"de", "en"} <= set(options["locales"])
    assert len(options["countries"]) > 200


async def test_every_option_has_a_label_in_the_language_of_the_person(account: Client, database: Clone) -> None:
    """A tag that only this installation has is its own label."""
    database.rows("UPDATE content SET tags = tags || '{tea}' WHERE kind = 'rest' RETURNING 1")

    english = (await account.get("/options")).json()
    await account.patch("/profile", json={"locale": "de-CH"})
    german = (await account.get("/options")).json()

    unlabelled = [word for word, label in english["labels"].items() if label == word]
    assert (english["labels"]["no-screen"], german["labels"]["no-screen"]) == ("Without a screen", "Ohne Bildschirm")
    assert [*german["labels"]] == german["interests"]
    assert unlabelled == ["tea"]


async def test_an_unchanged_profile_answers_304(account: Client) -> None:
    """The `ETag` stays the same until the profile changes."""
    first = await account.get("/profile")

    same = await account.get("/profile", headers={"If-None-Match": first.headers["ETag"]})
    await account.patch("/profile", json={"country": "AR"})
    changed = await account.get("/profile", headers={"If-None-Match": first.headers["ETag"]})

    assert (same.status_code, changed.status_code) == (304, 200)


async def test_a_profile_needs_a_token(client_for: ClientFactory) -> None:
    """Without one, reading and changing are refused with 401."""
    anonymous = client_for("account", signed_in=False)

    assert (await anonymous.get("/profile")).status_code == 401
    assert (await anonymous.patch("/profile", json={"country": "AR"})).status_code == 401


@pytest.mark.parametrize("field", ["preferences", "constraints", "past_destinations", "wishlist_regions"])
@pytest.mark.parametrize("words", [["x" * 81], ["x"] * 21, [""], ["  "], "Lisbon", [None], None])
async def test_a_list_of_the_profile_is_bounded(account: Client, field: str, words: object) -> None:
    """At most 20 texts of 80 characters that can be read: they are sent to a model as they are."""
    answer = await account.patch("/profile", json={field: words})

    assert answer.status_code == 422
    assert (await account.get("/profile")).json() == DEFAULTS


@pytest.mark.parametrize(
    ("device", "locale"),
    [("de-AT,de;q=0.9,en;q=0.8", "de-AT"), ("ja", "ja"), ("*", "en"), ("x" * 40, "en"), ("", "en")],
)
async def test_a_new_profile_is_in_the_language_of_the_device(
    client_for: ClientFactory, device: str, locale: str
) -> None:
    """Also before it is stored. Later the language changes only with the profile."""
    account = client_for("account")
    headers = {"Accept-Language": device}

    shown = (await account.get("/profile", headers=headers)).json()["locale"]
    stored = (await account.patch("/profile", json={"timezone": "Europe/Vienna"}, headers=headers)).json()["locale"]
    await account.patch("/profile", json={"country": "AT"}, headers={"Accept-Language": "fr"})

    assert (shown, stored) == (locale, locale)
    assert (await account.get("/profile", headers={"Accept-Language": "fr"})).json()["locale"] == locale


@pytest.mark.parametrize("locale", ["de", "en"])
async def test_a_chosen_locale_is_stored_though_it_is_a_default(
    client_for: ClientFactory, database: Clone, locale: str
) -> None:
    """German is the device's here, and English everybody's: neither comes back or goes with another device."""
    account = client_for("account")

    await account.patch("/profile", json={"locale": locale}, headers={"Accept-Language": "de"})

    assert database.value("SELECT locale FROM public.user_profiles WHERE user_id = %s", account.person) == locale
    assert (await account.get("/profile", headers={"Accept-Language": "ja"})).json()["locale"] == locale
