"""The mail of a hand-over, as the person sees it and as it is sent."""

from collections.abc import Sequence
from datetime import UTC
from hashlib import sha256
from uuid import UUID, uuid5

from functions.companion.hand_over.models import HandOverMail
from functions.companion.hand_over.queries import Said
from functions.companion.texts import CompanionTexts

MOST_MESSAGES = 40


def compose(said: Sequence[Said], to: str, answer_to: str, texts: CompanionTexts) -> HandOverMail:
    """The mail with the messages of a conversation, the oldest first."""
    words = texts.hand_over
    shown = [f"{words[each.role]}, {each.created_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC:\n{each.text}" for each in said]
    head = [words["introduction"], words["answer_to"].format(address=answer_to)]
    if len(said) == MOST_MESSAGES:
        head.append(words["earlier"])
    return HandOverMail(to=to, subject=words["subject"], text="\n\n".join([*head, *shown]) + "\n")


def digest_of(mail: HandOverMail) -> str:
    return sha256(mail.model_dump_json().encode()).hexdigest()


def id_of(conversation: UUID, digest: str) -> UUID:
    """The id of a hand-over: the same for the same mail."""
    return uuid5(conversation, digest)
