"""Has Mixpanel delete what it holds of people who no longer agree, and asks until it says that this is done.

Mixpanel works on a task for up to 30 days. One that fails is made again, five times in all. What is not deleted then,
or after 30 days, is told to the operator each day until it is.
"""

from datetime import timedelta

from functions.analytics import queries
from functions.analytics.mixpanel import MOST_IDS, Mixpanel, TaskState
from functions.analytics.queries import DeletionTask
from shared import logs
from shared.clock import utc_now
from shared.db import Database

BETWEEN_CHECKS = timedelta(days=1)
MOST_CHECKS = 50  # in one run, a second apart
MOST_TASKS = 5  # for one id
PROMISED = timedelta(days=30)


async def request_deletions(database: Database, mixpanel: Mixpanel) -> None:
    """Ask for all that are due. Raises `MixpanelAway`."""
    while True:
        async with database.service() as conn:
            ids = await queries.due_deletions(conn, MOST_IDS)
        if not ids:
            return
        task_id = await mixpanel.delete(ids)
        async with database.service() as conn:
            queries.store_task(conn, ids, task_id, utc_now())
        logs.event("analytics_deletion_requested", people=len(ids))


async def check_deletions(database: Database, mixpanel: Mixpanel) -> None:
    """Ask about the tasks that nobody has asked about for a day. Raises `MixpanelAway`."""
    async with database.service() as conn:
        tasks = await queries.unchecked_tasks(conn, utc_now() - BETWEEN_CHECKS, MOST_CHECKS)
    for task in tasks:
        state = await mixpanel.task_state(task.id)
        await _store(database, task, state)
        _tell(task, state)


async def _store(database: Database, task: DeletionTask, state: TaskState) -> None:
    async with database.service() as conn:
        if state == "done":
            queries.forget_deleted(conn, task)
        elif state == "failed" and task.tasks < MOST_TASKS:
            queries.drop_task(conn, task)
        else:
            queries.keep_task(conn, task, utc_now())


def _tell(task: DeletionTask, state: TaskState) -> None:
    late = utc_now() - task.due_since > PROMISED
    given_up = state == "failed" and task.tasks >= MOST_TASKS
    if state == "done":
        logs.event("analytics_deleted", people=task.people)
    elif late or given_up:
        logs.warn("analytics_deletion_unfinished", state=state, people=task.people, tasks=task.tasks)
    elif state == "failed":
        logs.warn("analytics_deletion_failed", people=task.people, tasks=task.tasks)
