"""A parent or guardian is asked by mail, answers on a page, and may take it back."""

from hashlib import sha256
from uuid import uuid4

import httpx
import pytest

from functions.account.guardian.texts import VERSION
from functions.notify.main import reminder_consumer
from shared.clock import utc_now
from shared.events.types import guardian_asked
from shared.guardian_mails import PURPOSE, mailbox_of
from shared.services import Services
from tests.conftest import Client, ClientFactory, Clone
from tests.event_delivery import deliver
from tests.integration.account.guardians import MAILS, asked_link, be_too_young, parent_of, pass_days
from tests.integration.conftest import MailAway

STORED = "SELECT state, text_version, link_digest FROM mend.guardians WHERE user_id = %s"
HELD_MAILS = "SELECT sealed IS NULL FROM mend.guardian_mails WHERE user_id = %s"


@pytest.fixture
async def account(client_for: ClientFactory) -> Client:
    """Of a person in Germany who is too young."""
    account = client_for("account")
    await be_too_young(account)
    return account


@pytest.fixture
def parent(client_for: ClientFactory) -> Client:
    """A browser without sign-in."""
    return client_for("account", signed_in=False)


async def state_of(account: Client) -> str | None:
    state: str | None = (await account.get("/guardian")).json()["state"]
    return state


def error_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_what_a_parent_allows_is_allowed(account: Client, parent: Client, database: Clone) -> None:
    """The person sees it, with its time. The version of the text is stored."""
    before = (await account.get("/guardian")).json()
    path = await asked_link(account, database)
    asked = await state_of(account)

    page = await parent.post(f"{path}/allow")

    after = (await account.get("/guardian")).json()
    assert before == {"can_ask": True, "state": None, "counts": False, "asked_at": None, "answered_at": None}
    assert (asked, after["state"], after["counts"]) == ("asked", "allowed", True)
    assert after["asked_at"] < after["answered_at"]
    assert (page.status_code, "You have allowed it." in page.text) == (200, True)
    assert database.rows(STORED, account.person)[0][1] == VERSION


async def test_a_yes_without_effect_is_told(account: Client, parent: Client, database: Clone) -> None:
    """At an age where it does not count, no model replies: neither the page nor the person is told otherwise."""
    path = await asked_link(account, database)
    await parent.post(f"{path}/allow")
    await account.patch("/profile", json={"age_band": "under_13"})

    page, german = await parent.get(path), await parent.get(path, headers={"Accept-Language": "de"})

    seen = (await account.get("/guardian")).json()
    assert (page.status_code, "Your yes has no effect now." in page.text, "may now reply" in page.text) == (
        200,
        True,
        False,
    )
    assert "Ihr Ja hat zurzeit keine Wirkung." in german.text
    assert "Take it back" in page.text
    assert (seen["state"], seen["counts"]) == ("allowed", False)
    await account.patch("/profile", json={"age_band": "13_to_15"})
    assert "You have allowed it." in (await parent.get(path)).text


async def test_opening_the_page_changes_nothing(account: Client, parent: Client, database: Clone) -> None:
    """Mail programs open links by themselves, to look at them."""
    path = await asked_link(account, database)

    pages = [await parent.get(path), await parent.head(path), await parent.get(path)]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert await state_of(account) == "asked"


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        (("allow", "allow"), "allowed"),
        (("refuse", "refuse"), "refused"),
        (("allow", "refuse"), "withdrawn"),
        (("allow", "refuse", "refuse"), "withdrawn"),
        (("refuse", "allow"), "refused"),
        (("allow", "refuse", "allow"), "withdrawn"),
    ],
)
async def test_an_answer_may_come_twice(
    account: Client, parent: Client, database: Clone, answers: tuple[str, ...], state: str
) -> None:
    """What was allowed can be taken back by the same link. What is over stays over."""
    path = await asked_link(account, database)

    pages = [await parent.post(f"{path}/{answer}") for answer in answers]

    assert [page.status_code for page in pages] == [200] * len(answers)
    assert await state_of(account) == state


async def test_the_page_is_in_the_language_of_the_browser(account: Client, parent: Client, database: Clone) -> None:
    """The mail is in that of the person."""
    await be_too_young(account, locale="de")
    path = await asked_link(account, database)

    page = await parent.get(path, headers={"Accept-Language": "de-AT,en;q=0.5"})

    [(subject, text, html)] = database.rows(MAILS, parent_of(account))
    assert subject == "Mend: Ein junger Mensch bittet um Ihre Erlaubnis"
    assert 'lang="de"' in html
    assert "Der Link gilt sieben Tage." in text
    assert page.headers["Content-Language"] == "de"
    assert "Ich erlaube es nicht" in page.text


async def test_the_page_runs_nothing(account: Client, parent: Client, database: Clone) -> None:
    """It may apply its style sheet and send its form to where it comes from."""
    page = await parent.get(await asked_link(account, database))

    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in policy
    assert "<script" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"


async def test_the_mail_tells_nothing_of_the_person(account: Client, database: Clone) -> None:
    """Neither who they are nor how they are."""
    await account.patch("/profile", json={"display_name": "Robin"})

    await asked_link(account, database)

    [mail] = database.rows(MAILS, parent_of(account))
    words = " ".join(mail)
    assert "Robin" not in words
    assert str(account.person) not in words
    assert f"{account.person}@example.org" not in words


async def test_the_address_is_forgotten_once_the_mail_is_sent(account: Client, parent: Client, database: Clone) -> None:
    """Until the answer, a digest is kept, and of the link nothing but a digest is."""
    path = await asked_link(account, database)
    sent = database.rows(HELD_MAILS, account.person)

    await parent.post(f"{path}/allow")

    assert sent == [(True,)]
    assert database.rows(HELD_MAILS, account.person) == []
    assert database.rows(STORED, account.person)[0][2] == sha256(path.rpartition("/")[2].encode()).digest()


async def test_an_address_that_refused_gets_no_more_mails(
    client_for: ClientFactory, account: Client, parent: Client, database: Clone
) -> None:
    """From nobody, however it is written, and with any tag."""
    await parent.post(f"{await asked_link(account, database)}/refuse")
    other = client_for("account")
    await be_too_young(other)

    written = [parent_of(account).title(), parent_of(account).replace("@", "+x@")]
    again = [await each.put("/guardian", json={"email": email}) for each in (account, other) for email in written]

    assert [error_of(answer) for answer in again] == [(409, "address_refused")] * 4
    assert len(database.rows(MAILS, parent_of(account))) == 1


async def test_a_refusal_that_was_stored_as_it_was_written_holds(
    account: Client, database: Clone, services: Services
) -> None:
    """Before, the digest was that of the address with its tag and its dots."""
    address = "a.parent+mend@gmail.com"
    digest, *_ = services.sealer.digests(PURPOSE, address.encode())
    database.rows("INSERT INTO mend.guardian_refusals VALUES (%s, now()) RETURNING 1", digest)

    answer = await account.put("/guardian", json={"email": address})

    assert error_of(answer) == (409, "address_refused")


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Dad@Example.org", "dad@example.org"),
        ("dad+x+y@example.org", "dad@example.org"),
        ("a.parent@example.org", "a.parent@example.org"),
        ("A.Parent+mend@googlemail.com", "aparent@gmail.com"),
        ("+@example.org", "+@example.org"),
    ],
)
def test_a_mailbox_has_one_address(address: str, mailbox: str) -> None:
    """What follows a plus leads to the same one, and so do the dots of Gmail."""
    assert mailbox_of(address) == mailbox


async def test_somebody_else_may_be_asked_after_a_refusal(account: Client, parent: Client, database: Clone) -> None:
    """The other parent decides for themselves."""
    await parent.post(f"{await asked_link(account, database)}/refuse")

    path = await asked_link(account, database, f"other-{parent_of(account)}")
    await parent.post(f"{path}/allow")

    assert await state_of(account) == "allowed"


async def test_a_person_has_three_mails_a_week(account: Client, database: Clone) -> None:
    """Also if they end it in between. A week later there is a fourth."""
    for number in range(3):
        await asked_link(account, database, f"{number}-{parent_of(account)}")
        await account.delete("/guardian")

    fourth = await account.put("/guardian", json={"email": parent_of(account)})
    pass_days(database, account, 7)
    later = await account.put("/guardian", json={"email": parent_of(account)})

    assert error_of(fourth) == (429, "too_many_guardian_mails")
    assert (later.status_code, later.json()["state"]) == (200, "asked")


async def test_a_link_works_for_seven_days(account: Client, parent: Client, database: Clone) -> None:
    """Afterwards nothing is allowed by it."""
    path = await asked_link(account, database)
    pass_days(database, account, 7)

    pages = [await parent.get(path), await parent.post(f"{path}/allow")]

    assert [page.status_code for page in pages] == [410, 410]
    assert "This link is too old." in pages[0].text
    assert await state_of(account) == "expired"


async def test_what_was_allowed_long_ago_can_be_taken_back(account: Client, parent: Client, database: Clone) -> None:
    """The seven days are for the first answer only."""
    path = await asked_link(account, database)
    await parent.post(f"{path}/allow")
    pass_days(database, account, 400)

    page = await parent.post(f"{path}/refuse")

    assert (page.status_code, await state_of(account)) == (200, "withdrawn")


async def test_a_person_ends_it(account: Client, parent: Client, database: Clone) -> None:
    """The link leads nowhere then, and a mail that is still to be sent is not."""
    path = await asked_link(account, database)
    await parent.post(f"{path}/allow")
    ended = await account.delete("/guardian")
    await account.put("/guardian", json={"email": "late@example.net"})
    await account.delete("/guardian")

    assert await deliver(reminder_consumer, guardian_asked(account.person, utc_now()))

    page = await parent.post(f"{path}/allow")
    assert (ended.status_code, await state_of(account)) == (204, None)
    assert (page.status_code, "There is nothing here any more." in page.text) == (410, True)
    assert database.rows(MAILS, "late@example.net") == []


async def test_a_new_question_takes_the_place_of_the_former(account: Client, parent: Client, database: Clone) -> None:
    """With its answer: the former link leads nowhere."""
    former = await asked_link(account, database)
    await parent.post(f"{former}/allow")

    path = await asked_link(account, database)

    assert await state_of(account) == "asked"
    assert [(await parent.get(each)).status_code for each in (former, path)] == [410, 200]


async def test_the_link_of_an_erased_account_leads_nowhere(account: Client, parent: Client, database: Clone) -> None:
    """The question went with the account."""
    path = await asked_link(account, database)
    database.rows("DELETE FROM auth.users WHERE id = %s RETURNING id", account.person)

    page = await parent.post(f"{path}/allow")

    assert (page.status_code, "There is nothing here any more." in page.text) == (410, True)
    assert database.rows(HELD_MAILS, account.person) == []


@pytest.mark.parametrize(
    ("band", "country"),
    [(None, "DE"), ("16_to_17", "DE"), ("under_13", "DE"), ("16_to_17", "IN"), ("13_to_15", None)],
)
async def test_nobody_is_asked_where_an_answer_would_not_count(
    account: Client, database: Clone, band: str | None, country: str | None
) -> None:
    """For who decides alone or is below 13, and where a mail is not enough, or the country is not known."""
    await account.patch("/profile", json={"age_band": band, "country": country})

    answer = await account.put("/guardian", json={"email": parent_of(account)})

    assert error_of(answer) == (409, "guardian_not_accepted")
    assert (await account.get("/guardian")).json()["can_ask"] is False
    assert database.rows(HELD_MAILS, account.person) == []


async def test_nobody_is_their_own_parent(account: Client) -> None:
    """The address of the account is refused, however it is written, and with any tag."""
    for address in (f"{account.person}@Example.org", f"{account.person}+mum@example.org"):
        answer = await account.put("/guardian", json={"email": address})

        assert error_of(answer) == (422, "own_address")


@pytest.mark.parametrize(
    "address", ["parent", "a b@example.org", "parent@example.org\r\nBcc: x@example.org", "parent@home", "ü@example.org"]
)
async def test_what_is_no_address_is_refused(account: Client, address: str) -> None:
    """Nothing can be smuggled into the mail by it, and the error does not repeat it."""
    answer = await account.put("/guardian", json={"email": address})

    assert answer.status_code == 422
    assert address not in answer.text


async def test_a_mail_is_sent_once_however_often_the_event_comes(account: Client, database: Clone) -> None:
    """Also under another id."""
    await asked_link(account, database)

    assert await deliver(reminder_consumer, guardian_asked(account.person, utc_now()))

    assert len(database.rows(MAILS, parent_of(account))) == 1


async def test_an_event_of_somebody_who_has_asked_nobody_sends_nothing(account: Client, database: Clone) -> None:
    assert await deliver(reminder_consumer, guardian_asked(uuid4(), utc_now()))

    assert database.rows(MAILS, parent_of(account)) == []


async def test_a_mail_that_no_provider_takes_is_sent_later(
    account: Client, database: Clone, mail_away: MailAway
) -> None:
    """The address stays sealed until then."""
    await account.put("/guardian", json={"email": parent_of(account)})
    event = guardian_asked(account.person, utc_now())
    async with mail_away():
        refused = await deliver(reminder_consumer, event)
    held = database.rows(HELD_MAILS, account.person)

    accepted = await deliver(reminder_consumer, event)

    assert (refused, held, accepted) == (False, [(False,)], True)
    assert len(database.rows(MAILS, parent_of(account))) == 1
