"""POST and DELETE /account/harm-reports: "this harmed me" reaches staff, with the person's consent."""

import pytest

from infra import safety_admin
from shared.http import Api
from tests.conftest import APPS, Client, ClientFactory, Clone

WORDS = "The answer made it worse. \x1b[31m"
REPORT = {"words": WORDS, "consent": True}
OWNER = "postgres"


@pytest.fixture
def account(client_for: ClientFactory, database: Clone) -> Client:
    """A person, where nobody has reported anything yet."""
    with database.admin() as admin:
        admin.execute("TRUNCATE mend.harm_reports, mend.harm_report_reads")
    return client_for("account")


async def test_staff_read_the_words_and_which_answer_they_are_about(
    account: Client, client_for: ClientFactory, database: Clone
) -> None:
    """They see the code, the variant and the versions of the latest support of that grade, and no person."""
    await client_for("checkin", account.person).post(
        "/", json={"mood": "sad", "intensity": 9, "note": "I want to kill myself"}
    )
    await account.post("/harm-reports", json=REPORT | {"grade": "explicit"})

    [line] = safety_admin.harm_reports(database.dsn(OWNER), "sam")

    assert repr(WORDS) in line
    assert "explicit explicit_ideation 0" in line
    assert str(account.person) not in line


async def test_a_report_may_be_about_anything(account: Client, database: Clone) -> None:
    """Without a grade, it is about no answer of the gate."""
    response = await account.post("/harm-reports", json=REPORT)

    assert response.status_code == 204
    assert database.rows("SELECT words, grade, code FROM mend.harm_reports") == [(WORDS, None, None)]


@pytest.mark.parametrize("consent", [{}, {"consent": False}, {"consent": None}])
async def test_without_consent_nothing_is_stored(account: Client, database: Clone, consent: dict[str, object]) -> None:
    """Consent is given in the request, not assumed."""
    response = await account.post("/harm-reports", json={"words": WORDS} | consent)

    assert response.status_code == 422
    assert database.rows("SELECT FROM mend.harm_reports") == []


async def test_every_reading_is_recorded(account: Client, database: Clone) -> None:
    """Who read, when, and which reports."""
    await account.post("/harm-reports", json=REPORT)

    lines = safety_admin.harm_reports(database.dsn(OWNER), "sam")

    [(reader, reports)] = database.rows("SELECT read_by, reports::text[] FROM mend.harm_report_reads")
    assert reader == "postgres, sam"
    assert [report in line for report, line in zip(reports, lines, strict=True)] == [True]


async def test_consent_can_be_withdrawn(account: Client, client_for: ClientFactory, database: Clone) -> None:
    """The person's reports are deleted. Those of others stay."""
    other = client_for("account")
    for client in (account, other):
        await client.post("/harm-reports", json=REPORT)

    withdrawn = await account.delete("/harm-reports")

    assert withdrawn.status_code == 204
    assert database.rows("SELECT user_id FROM mend.harm_reports") == [(other.person,)]


async def test_a_report_is_deleted_with_the_account(account: Client, database: Clone) -> None:
    """Nothing of it stays."""
    await account.post("/harm-reports", json=REPORT)

    with database.admin() as admin:
        admin.execute("DELETE FROM auth.users WHERE id = %s", (account.person,))

    assert database.rows("SELECT FROM mend.harm_reports") == []


async def test_twenty_reports_a_day_are_enough(account: Client, database: Clone) -> None:
    """The next one is refused, and says so. A day later there is room again."""
    statuses = [(await account.post("/harm-reports", json=REPORT)).status_code for _ in range(21)]
    with database.admin() as admin:
        admin.execute("UPDATE mend.harm_reports SET reported_at = reported_at - interval '24 hours'")

    assert statuses == [204] * 20 + [429]
    assert (await account.post("/harm-reports", json=REPORT)).status_code == 204


async def test_an_alert_has_no_words(account: Client, database: Clone, caplog: pytest.LogCaptureFixture) -> None:
    """The log says that there is a report. Neither it nor an event has what was told."""
    await account.post("/harm-reports", json=REPORT)

    assert "harm_reported" in caplog.messages
    assert "made it worse" not in caplog.text + str([vars(record) for record in caplog.records])
    assert database.rows("SELECT FROM mend.outbox WHERE user_id = %s", account.person) == []


async def test_words_of_danger_in_a_report_are_answered(account: Client) -> None:
    """As on every route that takes words."""
    response = await account.post("/harm-reports", json=REPORT | {"words": "I want to kill myself now"})

    assert response.json()["support"]["lines"]


def test_no_route_reads_reports() -> None:
    """Only the owner of the database can, by `mend safety harm-reports`."""
    account: Api = APPS["account"]

    assert {operation.method for operation in account.operations if operation.path == "/harm-reports"} == {
        "POST",
        "DELETE",
    }
