"""How the wordings of the guide change."""

from uuid import UUID

from functions.companion.guide.book import FLOW_TEXTS, flow_book
from functions.companion.guide.flows import GuideState, Move
from functions.companion.guide.rules.voice import MOST_KEPT, Voice

ASK = GuideState(version=5, flow="start", step="ask")
TEXTS = FLOW_TEXTS.texts("en")


def said(state: GuideState, times: int) -> list[str]:
    """What is said in the same place, so many times in one conversation."""
    texts = []
    for _ in range(times):
        voice = Voice(TEXTS, UUID(int=1), state)
        texts.append(voice.reply(flow_book(), Move(state)))
        state = state.model_copy(update={"said": voice.said_so_far})
    return texts


def test_no_wording_comes_twice_before_all_others() -> None:
    """In one conversation."""
    wordings = TEXTS.flows["start"]["ask"]

    assert sorted(said(ASK, len(wordings))) == sorted(wordings)


def test_the_next_conversation_begins_in_other_words() -> None:
    """A person who comes a second time reads something else first."""
    first, second = (said(ASK.model_copy(update={"conversation": number}), 1) for number in (0, 1))

    assert first != second


def test_what_was_said_long_ago_is_forgotten() -> None:
    """The state stays small, however long a conversation is."""
    state = ASK.model_copy(update={"said": {f"place {number}": 1 for number in range(MOST_KEPT)}})
    voice = Voice(TEXTS, UUID(int=1), state)
    voice.reply(flow_book(), Move(state))

    assert len(voice.said_so_far) == MOST_KEPT
    assert [*voice.said_so_far][-1] == "start.ask"


def test_a_loss_is_not_only_repeated() -> None:
    """After the person's own words come words for them, before the question."""
    move = Move(GuideState(version=5, flow="grief", step="begin"), answers=True, words="your wife passed away in March")
    reply = Voice(TEXTS, UUID(int=1), move.state).reply(flow_book(), move)

    assert "our wife passed away in March. " in reply
    assert any(lead in reply for lead in TEXTS.leads["grief"])
