"""Receipts of replies, which only models leave."""

from uuid import UUID

from psycopg.types.json import Jsonb

from tests.conftest import Clone


def add_receipt(database: Clone, owner: UUID) -> None:
    """The receipts of replies, as if a model had written them."""
    counts = {"messages_kept": 1, "messages_cut": 0, "input_tokens": 9, "output_tokens": 9}
    receipt = Jsonb({"prompts": [], "memories": [], "notices": [], **counts})
    with database.admin() as conn:
        query = "UPDATE public.conversation_messages SET receipt = %s WHERE user_id = %s AND answers IS NOT NULL"
        conn.execute(query, (receipt, owner))
