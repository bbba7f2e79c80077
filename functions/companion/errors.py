"""The errors of `companion`."""

from shared.errors import Conflict


class MessageIdUsed(Conflict):
    """Another message has this id."""

    code = "message_id_used"


class RepliesWaiting(Conflict):
    """Three messages are waiting for their replies already. Wait for one of them."""

    code = "replies_waiting"


class NoReply(Conflict):
    """This message is no reply."""

    code = "no_reply"
