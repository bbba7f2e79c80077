"""The tools that read. A model gets what they read; the person is shown how much it was."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from functions.companion.models import ToolOutput
from functions.companion.tools import queries
from functions.companion.tools.arguments import NoArguments, ReadMoodsArguments
from functions.companion.tools.runs import ToolOutcome, ToolRun

MAX_MOODS = 30
MAX_HELPFUL = 5


async def read_plan(run: ToolRun, _: NoArguments) -> ToolOutcome:
    return _read(await queries.load_plan(run.conn, run.profile.clock.today(run.now)))


async def read_moods(run: ToolRun, arguments: ReadMoodsArguments) -> ToolOutcome:
    """Moods with their date and intensity, without notes and factors."""
    today = run.profile.clock.today(run.now)
    first = today - timedelta(days=arguments.days - 1)
    return _read(await queries.load_moods(run.conn, first, today, MAX_MOODS))


async def read_what_helped(run: ToolRun, _: NoArguments) -> ToolOutcome:
    return _read(await queries.load_helpful(run.conn, MAX_HELPFUL))


def _read(rows: Sequence[Any]) -> ToolOutcome:
    return ToolOutcome([row._asdict() for row in rows], ToolOutput(items=len(rows)))
