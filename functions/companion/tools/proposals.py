"""The tools that propose. The app shows a proposal, and the person accepts it by a request of their own."""

import asyncio

from functions.companion.kept_text import may_be_kept
from functions.companion.memory import queries as memory_queries
from functions.companion.memory.queries import MAX_MEMORIES
from functions.companion.models import MemoryProposal, PracticeProposal, ToolOutput
from functions.companion.practices import PracticeWish, best_practice
from functions.companion.tools import queries
from functions.companion.tools.arguments import NoArguments, ProposePracticeArguments, RememberArguments
from functions.companion.tools.runs import ToolFault, ToolOutcome, ToolRun
from shared import locks
from shared.ids import new_id

SHOWN = "It is shown to the person, who decides. Nothing has happened yet."
KEPT = "It is remembered."


async def propose_practice(run: ToolRun, arguments: ProposePracticeArguments) -> ToolOutcome:
    """The item of the catalogue that ranks best. What was learned of the person counts if it may be looked up."""
    is_personal = {"ai_lookups", "personalisation"} <= run.granted
    wish = PracticeWish(arguments.feeling, run.reply_id, is_personal=is_personal)
    practice = await best_practice(run.conn, run.profile, wish, run.now)
    if practice is None:
        raise ToolFault("nothing_suits")
    proposal = PracticeProposal(content_id=practice.id, title=practice.title, minutes=practice.minutes)
    data = {"title": practice.title, "minutes": practice.minutes, "status": SHOWN}
    return ToolOutcome(data, ToolOutput(practice=proposal))


async def propose_step(_: ToolRun, __: NoArguments) -> ToolOutcome:
    """A step that the app offers: a check-in, whose mood the person chooses, or that a human is asked by mail."""
    return ToolOutcome({"status": SHOWN}, ToolOutput())


async def remember(run: ToolRun, arguments: RememberArguments) -> ToolOutcome:
    """A memory for the person to accept. It is kept at once if they have switched that on."""
    text = " ".join(arguments.text.split())
    locks.lock(run.conn, "memories", run.profile.user_id)  # so that a request does not take the same place
    memories = await memory_queries.load_all(run.conn)
    if any(memory.text == text for memory in memories):
        raise ToolFault("remembered_already")
    if not await asyncio.to_thread(may_be_kept, text, run.profile.locale):
        raise ToolFault("withheld")
    if len(memories) >= MAX_MEMORIES:
        raise ToolFault("memory_full")
    proposal = MemoryProposal(id=new_id(), text=text, kept=await queries.load_remembers(run.conn))
    if proposal.kept:
        memory_queries.insert(run.conn, proposal.id, text, run.now, run.reply_id)
    return ToolOutcome({"status": KEPT if proposal.kept else SHOWN}, ToolOutput(memory=proposal))
