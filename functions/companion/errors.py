"""The errors of `companion`."""

from shared.errors import Conflict, NotFound, TooManyRequests


class MessageIdUsed(Conflict):
    """Another message has this id."""

    code = "message_id_used"


class RepliesWaiting(Conflict):
    """Three messages are waiting for their replies already. Wait for one of them."""

    code = "replies_waiting"


class NoReply(Conflict):
    """This message is no reply."""

    code = "no_reply"


class NoReceipt(NotFound):
    """This reply has no receipt: no model wrote it, or it has not ended."""

    code = "no_receipt"


class RepliesUsedUp(TooManyRequests):
    """Your replies for today are used up. What you wrote was not stored. There are new ones tomorrow."""

    code = "replies_used_up"


class BudgetUsedUp(TooManyRequests):
    """This month's replies are used up, for everybody. What you wrote was not stored. There are new ones next month."""

    code = "budget_used_up"


class MemoryFull(Conflict):
    """The companion remembers 200 things already. Delete one first."""

    code = "memory_full"


class MemoryOfDanger(Conflict):
    """What is said in danger is not remembered. You decide whom you tell."""

    code = "memory_of_danger"
