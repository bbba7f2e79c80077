"""How long an id is kept whose data Mixpanel has to delete, and what becomes of a deletion that fails."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from functions.analytics.mixpanel import Mixpanel, MixpanelAway
from functions.analytics.settings import AnalyticsSettings
from infra.local.mixpanel import LocalMixpanel
from infra.registry import ROOT
from shared.clock import utc_now
from shared.services import Services
from tests.conftest import Client, ClockMover, Clone, LogLines
from tests.integration.analytics.conftest import Decide, Run, no_pause

ALERT = ROOT / "docs/operations/alerts/not-deleted.md"
A_DAY = timedelta(days=1, minutes=1)
PERSONS_ID = "SELECT distinct_id FROM mend.analytics_people WHERE user_id = %s"


@pytest.fixture
def mixpanel(counting: Services) -> Mixpanel:
    return Mixpanel(counting.settings.of(AnalyticsSettings), pause=no_pause)


@pytest.fixture
async def withdrawn(agreed: Client, decide: Decide, database: Clone) -> UUID:
    """The id of somebody who no longer agrees. It is due since then by the one clock, not by that of Postgres."""
    id_: UUID = database.value(PERSONS_ID, agreed.person)
    await decide(agreed, False)  # noqa: FBT003 - the decision
    with database.admin() as conn:
        conn.execute("UPDATE mend.analytics_deletions SET due_since = %s", (utc_now(),))
    return id_


@pytest.fixture
def a_day_later(run: Run, move_clock: ClockMover) -> Run:
    """The first run of the next day."""

    async def move_and_run() -> None:
        move_clock(A_DAY)
        await run()

    return move_and_run


def kept(database: Clone) -> list[UUID]:
    return [id_ for (id_,) in database.rows("SELECT distinct_id FROM mend.analytics_deletions")]


async def test_an_id_is_kept_until_mixpanel_has_deleted_it(
    withdrawn: UUID, run: Run, a_day_later: Run, local: LocalMixpanel, database: Clone
) -> None:
    """Mixpanel is asked about it a day later, not with each run."""
    await run()
    await run()
    before = kept(database)
    await a_day_later()

    assert (before, kept(database), len(local.tasks)) == ([withdrawn], [], 1)


@pytest.mark.usefixtures("withdrawn")
@pytest.mark.parametrize("outcome", ["PENDING", "STAGING", "STARTED", "UNKNOWN", "SOMETHING_NEW"])
async def test_a_deletion_that_is_under_way_is_awaited(
    a_day_later: Run, local: LocalMixpanel, database: Clone, log_lines: LogLines, outcome: str
) -> None:
    """No second task is made. After the 30 days that Mixpanel promises, the operator is told with each check."""
    local.outcome = outcome
    for _ in range(29):
        await a_day_later()
    early = log_lines.of("analytics_deletion_unfinished")
    await a_day_later()

    assert (len(kept(database)), len(local.tasks), early) == (1, 1, [])
    assert log_lines.of("analytics_deletion_unfinished") == [{"state": "waiting", "people": 1, "tasks": 1}]


@pytest.mark.parametrize("outcome", ["FAILURE", "REVOKED", "NOT_FOUND"])
async def test_a_failed_deletion_is_asked_for_again(
    withdrawn: UUID, a_day_later: Run, local: LocalMixpanel, database: Clone, outcome: str
) -> None:
    """As a new task."""
    local.outcome = outcome
    await a_day_later()
    await a_day_later()
    local.outcome = "SUCCESS"
    await a_day_later()
    await a_day_later()

    assert ([*local.tasks.values()], kept(database)) == ([[str(withdrawn)]] * 2, [])


async def test_a_deletion_that_fails_five_times_is_left_to_the_operator(
    withdrawn: UUID, a_day_later: Run, local: LocalMixpanel, database: Clone, log_lines: LogLines
) -> None:
    """Who is told each day. What the page of the alert says makes it begin again."""
    [statement] = re.findall(r"```sql\n(.*?)```", ALERT.read_text(encoding="utf-8"), re.DOTALL)
    local.outcome = "FAILURE"
    for _ in range(12):
        await a_day_later()
    told, tasks = log_lines.of("analytics_deletion_unfinished"), len(local.tasks)

    with database.admin() as conn:
        conn.execute(statement)
    local.outcome = "SUCCESS"
    await a_day_later()
    await a_day_later()

    assert (tasks, kept(database)) == (5, [])
    assert len(told) > 1
    assert told[0] == told[-1] == {"state": "failed", "people": 1, "tasks": 5}
    assert str(withdrawn) not in str(told)


@pytest.mark.usefixtures("withdrawn")
async def test_a_mixpanel_that_does_not_answer_changes_nothing(
    run: Run, a_day_later: Run, local: LocalMixpanel, database: Clone, log_lines: LogLines
) -> None:
    """The next run asks about the same task."""
    await run()
    local.failures = [503] * 5
    await a_day_later()
    before = len(kept(database))
    await run()

    assert (before, kept(database), len(local.tasks)) == (1, [], 1)
    assert log_lines.of("analytics_postponed") == [{"reason": "status 503"}]


@pytest.mark.parametrize(("status", "tries"), [(401, 1), (403, 1), (429, 5), (500, 5), (502, 5)])
async def test_a_refused_question_is_no_answer(
    mixpanel: Mixpanel, local: LocalMixpanel, status: int, tries: int
) -> None:
    """A busy Mixpanel is asked again."""
    local.failures = [status] * tries

    with pytest.raises(MixpanelAway, match=f"^status {status}$"):
        await mixpanel.task_state("a-task")

    assert local.failures == []
