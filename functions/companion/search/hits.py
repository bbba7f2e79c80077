"""The conversations that some words are in, each with the place where they stand."""

from functions.companion.models import ConversationPage, ConversationQuery, ListedConversation, Snippet
from functions.companion.search import queries
from functions.companion.search.queries import ANGLES, BEGINS, ENDS, HitRow
from shared.http import Call
from shared.http.paging import BEST_FIRST

MOST_CONVERSATIONS = 50  # of a page, because their texts are read for snippets
LONGEST_SIDE = 120  # characters beside a hit


async def load_page(call: Call[None, ConversationQuery], words: str) -> ConversationPage:
    """The conversations that the words are in, the best first."""
    query = call.query.model_copy(update={"limit": min(call.query.limit, MOST_CONVERSATIONS)})
    rows, cursor = await BEST_FIRST.page(
        query,
        f"{call.person.id} search {words}",
        lambda before, limit: queries.find(call.conn, words, before, limit),
        lambda row: (row.rank, row.id),
    )
    return ConversationPage(items=[_conversation(row) for row in rows], next_cursor=cursor)


def _conversation(row: HitRow) -> ListedConversation:
    return ListedConversation(
        id=row.id,
        module=row.module,
        mode=row.mode,
        title=row.title,
        created_at=row.created_at,
        changed_at=row.changed_at,
        snippet=_snippet(row),
    )


def _snippet(row: HitRow) -> Snippet:
    """What stands around the first word that was found, by the stems of English or else of German."""
    headline = (row.english if BEGINS in row.english else row.german).translate(ANGLES)
    before, _, rest = headline.partition(BEGINS)
    hit, _, after = rest.partition(ENDS)
    after = after.replace(BEGINS, "").replace(ENDS, "")
    if not hit:  # the index tells words apart in another way than Postgres does for a headline
        return Snippet(message_id=row.message_id, before=before[:LONGEST_SIDE], hit="", after="")
    return Snippet(
        message_id=row.message_id, before=before[-LONGEST_SIDE:], hit=hit[:LONGEST_SIDE], after=after[:LONGEST_SIDE]
    )
