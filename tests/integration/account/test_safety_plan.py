"""GET, PUT and DELETE /account/safety-plan."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as examples

from shared.clock import utc_now
from tests.conftest import Client, ClientFactory, ClockMover, Clone
from tests.integration.account.plans import CHANGED, NOTHING, PLAN, plans, put_anew

IMMEDIATE = "I have decided to kill myself tonight"


@pytest.fixture
def account(client_for: ClientFactory) -> Client:
    return client_for("account")


async def put(client: Client, plan: dict[str, Any], **conditions: str) -> httpx.Response:
    """Put a plan with `if_match` or `if_none_match`."""
    headers = {name.replace("_", "-"): tag for name, tag in conditions.items()}
    return await client.put("/safety-plan", json=plan, headers=headers)


async def stored_lists(client: Client) -> dict[str, Any]:
    plan: dict[str, Any] = (await client.get("/safety-plan")).json()
    del plan["updated_at"]
    return plan


async def has_plan(client: Client) -> bool:
    return (await client.get("/safety-plan")).is_success


async def test_a_new_person_has_no_plan(account: Client) -> None:
    """Neither the plan nor its page exists."""
    answers = [await account.get(path) for path in ("/safety-plan", "/safety-plan.html")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 2


async def test_a_plan_is_returned_as_it_was_stored(account: Client) -> None:
    """The answer of PUT is the plan of GET, with `support`, which is null, and with the same ETag."""
    began = utc_now()

    created = await put(account, PLAN, if_none_match="*")
    read = await account.get("/safety-plan")

    assert (created.status_code, read.status_code) == (201, 200)
    assert created.json() == read.json() | {"support": None}
    assert created.headers["ETag"] == read.headers["ETag"]
    assert {name: read.json()[name] for name in PLAN} == PLAN
    assert began <= datetime.fromisoformat(read.json()["updated_at"]) <= utc_now()


async def test_no_cache_keeps_a_plan(account: Client) -> None:
    """The app keeps it itself. Caches on the way, and those of browsers, do not."""
    await put(account, PLAN)

    for path in ("/safety-plan", "/safety-plan.html"):
        assert (await account.get(path)).headers["Cache-Control"] == "no-store"


async def test_an_unchanged_plan_answers_304(account: Client) -> None:
    """An app with the ETag of its copy learns that the copy is current."""
    tag = (await put(account, PLAN)).headers["ETag"]

    same = await account.get("/safety-plan", headers={"If-None-Match": tag})
    await put(account, CHANGED, if_match=tag)
    changed = await account.get("/safety-plan", headers={"If-None-Match": tag})

    assert (same.status_code, same.content, changed.status_code) == (304, b"", 200)


@examples(max_examples=60)
@given(plan=plans)
async def test_any_plan_comes_back_as_written(account: Client, plan: dict[str, Any]) -> None:
    """To the letter, in any language."""
    created = await put_anew(account, plan)

    assert created.status_code == 201
    assert await stored_lists(account) == plan


async def test_a_change_with_the_current_tag_is_stored(account: Client, move_clock: ClockMover) -> None:
    """It has a new tag and a new time."""
    first = await put(account, PLAN)
    move_clock(timedelta(hours=1))

    second = await put(account, CHANGED, if_match=first.headers["ETag"])

    assert second.status_code == 200
    assert await stored_lists(account) == CHANGED
    assert second.headers["ETag"] != first.headers["ETag"]
    times = [datetime.fromisoformat(answer.json()["updated_at"]) for answer in (first, second)]
    assert times[1] - times[0] >= timedelta(hours=1)


async def test_a_change_of_an_older_version_is_refused(account: Client) -> None:
    """Of two devices, the second learns that the first one has changed or deleted the plan, and loses nothing."""
    old = (await put(account, PLAN)).headers["ETag"]
    new = (await put(account, CHANGED, if_match=old)).headers["ETag"]
    third = PLAN | {"signs": ["Another device wrote this"]}

    late_change = await put(account, third, if_match=old)
    late_deletion = await account.delete("/safety-plan", headers={"If-Match": old})
    assert await stored_lists(account) == CHANGED
    await account.delete("/safety-plan", headers={"If-Match": new})
    change_after_deletion = await put(account, third, if_match=new)

    answers = (late_change, late_deletion, change_after_deletion)
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(412, "precondition_failed")] * 3
    assert not await has_plan(account)


async def test_a_plan_is_not_created_over_another(account: Client) -> None:
    """`If-None-Match: *` means: only if there is none yet."""
    await put(account, PLAN)

    refused = await put(account, CHANGED, if_none_match="*")

    assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
    assert await stored_lists(account) == PLAN


@pytest.mark.parametrize("conditions", [{}, {"if_none_match": '"another"'}], ids=str)
async def test_an_existing_plan_needs_if_match(account: Client, conditions: dict[str, str]) -> None:
    """Without it, a device that has not read the plan would overwrite or delete it."""
    await put(account, PLAN)

    changed = await put(account, CHANGED, **conditions)
    deleted = await account.delete("/safety-plan")

    assert [(answer.status_code, answer.json()["code"]) for answer in (changed, deleted)] == [
        (428, "precondition_required")
    ] * 2
    assert await stored_lists(account) == PLAN


async def test_a_repeated_request_succeeds(account: Client, move_clock: ClockMover) -> None:
    """A repeat with the same condition gets the first answer, and changes nothing: the first answer may be lost."""
    for conditions, plan in (({"if_none_match": "*"}, PLAN), ({"if_match": "the current tag"}, CHANGED)):
        if "if_match" in conditions:
            conditions["if_match"] = (await account.get("/safety-plan")).headers["ETag"]
        first = await put(account, plan, **conditions)
        move_clock(timedelta(minutes=1))

        again = await put(account, plan, **conditions)

        assert (again.status_code, again.json()) == (200, first.json())
        assert again.headers["ETag"] == first.headers["ETag"]


async def test_a_repeated_deletion_succeeds(account: Client) -> None:
    """And a plan can be written anew after it."""
    tag = (await put(account, PLAN)).headers["ETag"]

    answers = [await account.delete("/safety-plan", headers={"If-Match": tag}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert not await has_plan(account)
    assert (await put(account, PLAN, if_none_match="*")).status_code == 201


async def test_of_concurrent_changes_one_is_stored(account: Client) -> None:
    """Six devices create the plan, or change the same version. All but one learn that they are late."""
    tag = (await put(account, PLAN)).headers["ETag"]
    for conditions in ({"if_match": tag}, {"if_none_match": "*"}):
        drafts = [PLAN | {"signs": [f"{conditions} of device {device}"]} for device in range(6)]

        answers = await asyncio.gather(*(put(account, draft, **conditions) for draft in drafts))

        [stored] = [draft for draft, answer in zip(drafts, answers, strict=True) if answer.is_success]
        assert [answer.status_code for answer in answers].count(412) == 5
        assert await stored_lists(account) == stored
        await account.delete("/safety-plan", headers={"If-Match": "*"})


@pytest.mark.parametrize(
    "place",
    [
        {"signs": [IMMEDIATE]},
        {"alone": [IMMEDIATE]},
        {"distractions": [IMMEDIATE]},
        {"people": [{"name": IMMEDIATE}]},
        {"professionals": [{"name": "Dr. Okafor", "hours": IMMEDIATE}]},
        {"safer_place": [IMMEDIATE]},
    ],
    ids=lambda place: next(iter(place)),
)
async def test_words_of_immediate_danger_are_answered_with_support(account: Client, place: dict[str, Any]) -> None:
    """In any list. It has the help lines of the person's country, also in the answer to a repeat."""
    await account.patch("/profile", json={"country": "DE"})

    answers = [await put(account, NOTHING | place) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert [answer.json()["support"]["emergency_number"] for answer in answers] == ["112", "112"]
    assert "support" not in (await account.get("/safety-plan")).json()


@pytest.mark.parametrize(
    "sign",
    ["I think about death a lot", "I wish I were dead", "I want to die", "Everyone would be better off without me"],
)
async def test_signs_of_a_crisis_are_no_danger_by_themselves(account: Client, sign: str) -> None:
    """A plan is written in a calm hour, and names the thoughts of a bad one."""
    answer = await put(account, PLAN | {"signs": [sign]})

    assert (answer.status_code, answer.json()["support"]) == (201, None)


async def test_a_plan_has_no_effect_elsewhere(account: Client, database: Clone) -> None:
    """It emits no event and starts no care period, whatever it says."""
    tag = (await put(account, PLAN | {"signs": [IMMEDIATE]})).headers["ETag"]
    await account.delete("/safety-plan", headers={"If-Match": tag})

    for table in ("mend.outbox", "public.notification_settings", "mend.live_documents_due"):
        assert database.rows(f"SELECT FROM {table} WHERE user_id = %s", account.person) == []


async def test_a_plan_is_erased_with_its_person(account: Client, database: Clone) -> None:
    """The row is deleted with the account, and the token opens nothing any more."""
    await put(account, PLAN)
    with database.admin() as conn:
        conn.execute("DELETE FROM auth.users WHERE id = %s", (account.person,))

    assert database.rows("SELECT FROM public.safety_plans WHERE user_id = %s", account.person) == []
    assert (await account.get("/safety-plan")).status_code == 401
    assert (await put(account, PLAN)).status_code == 401


async def test_each_person_has_a_plan_of_their_own(account: Client, client_for: ClientFactory) -> None:
    """Another person's tag opens nothing."""
    other = client_for("account")
    tag = (await put(account, PLAN)).headers["ETag"]

    refused = await put(other, CHANGED, if_match=tag)
    created = await put(other, CHANGED)
    deleted = await other.delete("/safety-plan", headers={"If-Match": created.headers["ETag"]})

    assert [answer.status_code for answer in (refused, created, deleted)] == [412, 201, 204]
    assert await stored_lists(account) == PLAN


@pytest.mark.parametrize(
    "wrong",
    [
        NOTHING,
        {name: entries for name, entries in PLAN.items() if name != "alone"},
        PLAN | {"user_id": "0190a7b2-0000-7000-8000-000000000001"},
        PLAN | {"updated_at": "2026-01-02T10:00:00Z"},
        PLAN | {"signs": None},
        PLAN | {"signs": "one sentence"},
        PLAN | {"signs": [""]},
        PLAN | {"signs": [" \n"]},
        PLAN | {"signs": ["NUL\0"]},
        PLAN | {"signs": [1]},
        PLAN | {"signs": ["x" * 201]},
        PLAN | {"signs": ["x"] * 11},
        PLAN | {"people": ["Amara"]},
        PLAN | {"people": [{"phone": "112"}]},
        PLAN | {"people": [{"name": "x" * 81}]},
        PLAN | {"people": [{"name": "Amara", "phone": "1" * 41}]},
        PLAN | {"people": [{"name": "Amara", "hours": "always"}]},
        PLAN | {"people": [{"name": "Amara"}] * 11},
        PLAN | {"professionals": [{"name": "Dr. Okafor", "hours": ""}]},
        {name: ["語" * 200] * 7 for name in ("signs", "alone", "distractions", "safer_place")}
        | {"people": [], "professionals": []},
    ],
    ids=lambda wrong: str(wrong)[-40:],
)
async def test_an_invalid_plan_is_refused(account: Client, wrong: dict[str, Any]) -> None:
    """422, without a value of the plan in the error. The stored plan stays."""
    await put(account, PLAN)

    response = await put(account, wrong, if_match="*")

    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert not [text for text in ("Amara", "Okafor", "語", "one sentence", "xxx") if text in response.text]
    assert await stored_lists(account) == PLAN


async def test_a_plan_of_the_greatest_size_is_stored(account: Client) -> None:
    """8 KiB as UTF-8, however long its escaped JSON is."""
    plan = NOTHING | {"signs": ["é" * 200] * 10, "alone": ["é" * 200] * 9}

    response = await account.put("/safety-plan", json=plan)

    assert response.status_code == 201
    assert await stored_lists(account) == plan


async def test_a_phone_that_is_null_is_absent(account: Client) -> None:
    """As every optional field that does not apply."""
    await put(account, PLAN | {"people": [{"name": "Jonas", "phone": None}]})

    assert (await stored_lists(account))["people"] == [{"name": "Jonas"}]


async def test_a_plan_needs_a_token(client_for: ClientFactory) -> None:
    """Without one, every method is refused with 401."""
    anonymous = client_for("account", signed_in=False)

    answers = [
        await anonymous.get("/safety-plan"),
        await anonymous.put("/safety-plan", json=PLAN),
        await anonymous.delete("/safety-plan"),
        await anonymous.get("/safety-plan.html"),
    ]

    assert {answer.status_code for answer in answers} == {401}
