"""Where the guide goes after a message."""

from collections.abc import Mapping
from typing import NamedTuple

from functions.companion.guide.flows import FlowBook, Remarks, Step
from functions.companion.guide.rules.hearing import Heard
from shared.languages import TextModel

LAST_TURN = 14  # by which a talk ends
MOST_PRACTICES = 3
MOST_BRIEF = 2  # answers in a row, after which the guide stops asking open questions
MOST_ASKED = 3  # times that it asks for a topic, before it only listens
LISTEN = "listen"


class GuideState(TextModel):
    """Where a conversation stands. It is stored with the reply that led there."""

    version: int  # of the flows
    flow: str
    step: str
    turn: int = 1  # replies since the talk began
    asked: int = 1  # times that this step was asked in a row
    brief: int = 0  # answers of one or two words in a row
    reflected: bool = False  # the last reply had the person's own words
    practices: tuple[str, ...] = ()  # ids of the items that were offered, or empty texts for our own


class Move(NamedTuple):
    """The next step, and what is said before it: the name of a remark, or None."""

    state: GuideState
    remark: str | None = None
    answers: bool = False  # the message answered an open question, or opened a topic
    words: str | None = None  # the person's own, turned

    def step(self, book: FlowBook) -> Step:
        return book.steps(self.state.flow)[self.state.step]

    def with_words(self, words: str | None) -> "Move":
        return self._replace(words=words, state=self.state.model_copy(update={"reflected": words is not None}))

    def with_practice(self, item: str) -> "Move":
        practices = (*self.state.practices, item)
        return self._replace(state=self.state.model_copy(update={"practices": practices}))


class Guide(NamedTuple):
    """The guide on its way from one state to the next."""

    book: FlowBook
    state: GuideState
    heard: Heard

    @property
    def steps(self) -> Mapping[str, Step]:
        return self.book.steps(self.state.flow)

    @property
    def step(self) -> Step:
        return self.steps[self.state.step]

    def to(self, step: str, flow: str | None = None, **changes: int) -> GuideState:
        place = {"version": self.book.version, "flow": flow or self.state.flow, "step": step}
        update = {**place, "asked": 1, "brief": 0, **changes}
        return self.state.model_copy(update=update)

    def topic(self, name: str, remark: str | None = None) -> Move:
        return Move(self.to("begin", name), remark, answers=True)

    def after_danger(self) -> Move:
        """A new talk, however long the one before was."""
        return Move(self.to("begin", "safe", turn=1))

    def again(self, remark: str) -> Move:
        return Move(self.to(self.state.step, asked=self.state.asked + 1, brief=self.state.brief), remark)


def advance(book: FlowBook, state: GuideState | None, heard: Heard) -> Move:
    """The move that answers a message. Without a state, or after an end, a new talk begins."""
    state = _existing(book, state) if state else None
    if state is None or not book.steps(state.flow)[state.step].targets:
        fresh = GuideState(version=book.version, flow="start", step="ask", turn=1, asked=0)
        return _opening(Guide(book, fresh, heard), is_new=state is None)
    guide = Guide(book, state.model_copy(update={"turn": state.turn + 1, "reflected": False}), heard)
    return _interruption(guide) or (_opening(guide) if state.flow == "start" else _answer(guide))


def may_reflect(book: FlowBook, before: GuideState | None, move: Move) -> bool:
    """Whether a reply may begin with the person's own words: after an answer, and not twice in a row."""
    is_spoken = move.answers and not move.remark and not book.flows[move.state.flow].plain
    return is_spoken and not (before and before.reflected)


def _existing(book: FlowBook, state: GuideState) -> GuideState:
    """The state in the flows that there are now: the same step, or else the nearest by name.

    A step that is gone has become the way on of its flow, and a flow that is gone has become `listen`.
    """
    if state.flow in book.flows and state.step in book.steps(state.flow):
        return state
    flow = state.flow if state.flow in book.flows else LISTEN
    steps = book.steps(flow)
    step = next(name for name in (state.step, "choose", "second", "ask", "close") if name in steps)
    return state.model_copy(update={"flow": flow, "step": step})


def _opening(guide: Guide, *, is_new: bool = True) -> Move:
    """The beginning of a talk: its topic, or the question for one."""
    heard, asked = guide.heard, guide.state.asked
    if heard.wish == "safe":
        return guide.after_danger()
    if heard.topic:
        return guide.topic(heard.topic)
    if heard.wish == "bye" or (heard.wish == "thanks" and not is_new):
        return Move(guide.to("farewell", "start"))
    remark = heard.wish if heard.wish in Remarks.model_fields else None
    if asked >= MOST_ASKED or (heard.has_substance and not remark):
        return guide.topic(LISTEN)
    if not remark and not asked:
        return Move(guide.to("ask", "start"))
    return guide.again(remark or "unclear")


def _interruption(guide: Guide) -> Move | None:
    """What goes before an answer: an end, a topic that cannot wait, or one that the person asks for."""
    heard, state, flows = guide.heard, guide.state, guide.book.flows
    urgent = heard.topic if heard.topic and flows[heard.topic].urgent else None
    if heard.wish == "safe" and state.flow != "safe":
        return guide.after_danger()
    if heard.wish == "bye":
        return Move(guide.to("farewell", "start"))
    if state.turn >= LAST_TURN:
        is_talk = state.flow != "start"
        return Move(guide.to("close"), "late") if is_talk else Move(guide.to("farewell"))
    if urgent and not flows[state.flow].urgent:
        return guide.topic(urgent)
    if heard.wish == "change":
        new_topic = heard.topic if heard.topic != state.flow else None
        return guide.topic(new_topic, "changed") if new_topic else Move(guide.to("ask", "start"))
    return None


def _answer(guide: Guide) -> Move:
    """The step after an answer."""
    heard, state = guide.heard, guide.state
    is_current = state.version == guide.book.version  # otherwise a number may name another choice than the person read
    choice = heard.choice([*guide.step.choices], by_number=is_current) if guide.step.choices else None
    if choice:
        return _to(guide, guide.step.choices[choice])
    if heard.wish in Remarks.model_fields and state.asked == 1:
        return guide.again(heard.wish)
    if guide.step.choices:
        return _unclear_choice(guide)
    brief = state.brief + 1 if heard.is_brief else 0
    if brief >= MOST_BRIEF and "choose" in guide.steps and state.step in {"begin", "second", "third", "fourth"}:
        return Move(guide.to("choose"), "few_words")
    return _to(guide, guide.step.next or "close", brief=brief, answers=True)


def _unclear_choice(guide: Guide) -> Move:
    """The person chose nothing: they tell more, or the question was not clear."""
    if guide.heard.is_brief and guide.state.asked == 1 and not guide.step.practice:
        return guide.again("unclear")
    return _to(guide, guide.step.next or "close", answers=True)


def _to(guide: Guide, step: str, *, brief: int = 0, answers: bool = False) -> Move:
    if guide.steps[step].practice and len(guide.state.practices) >= MOST_PRACTICES:
        step = "close"
    return Move(guide.to(step, brief=brief), None, answers)
