"""The errors of `companion`."""

from shared.errors import Conflict, Invalid, NotFound, TooManyRequests


class MessageIdUsed(Conflict):
    """Another message has this id."""

    code = "message_id_used"


class PicturesNotSeen(Invalid):
    """No model that replies here sees pictures. Describe the picture in your own words."""

    code = "pictures_not_seen"


class PictureNotReady(Conflict):
    """A picture is still being prepared. Send the message again in a few seconds."""

    code = "picture_not_ready"


class RepliesWaiting(Conflict):
    """Three messages are waiting for their replies already. Wait for one of them."""

    code = "replies_waiting"


class NoReply(Conflict):
    """This message is no reply."""

    code = "no_reply"


class NotLatest(Conflict):
    """Only your latest message and its reply can be replaced, and this is another one. Load the messages again."""

    code = "not_latest"


class AnsweredByCare(Conflict):
    """What was said in danger stays, and so does the answer. Write a new message instead."""

    code = "answered_by_care"


class ReplyRunning(Conflict):
    """This reply is still being written. Cancel it first, or wait for its end."""

    code = "reply_running"


class ScriptedReply(Conflict):
    """A script replies here, and it would say the same again. Change your message instead."""

    code = "scripted_reply"


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


class MemoryDiffers(Conflict):
    """You already have a memory with this id, with another text. Change it with PATCH."""

    code = "memory_differs"


class MemoryOfDanger(Conflict):
    """What is said in danger is not remembered. You decide whom you tell."""

    code = "memory_of_danger"


class NotSupport(Conflict):
    """Only a conversation of the module support can be handed over. Begin one, and ask there."""

    code = "not_support"


class NothingToHandOver(Conflict):
    """You have written nothing in this conversation yet."""

    code = "nothing_to_hand_over"


class HandOverChanged(Conflict):
    """The mail is another one by now, or nothing can be sent. Load it again, and agree to what you see."""

    code = "hand_over_changed"


class TooManyHandOvers(TooManyRequests):
    """You have handed over ten mails within a day. The team will read them; there are new ones tomorrow."""

    code = "too_many_hand_overs"
