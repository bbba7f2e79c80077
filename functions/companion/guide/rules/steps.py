"""Where the guide goes after a message."""

from collections.abc import Mapping
from typing import NamedTuple

from functions.companion.guide.flows import FlowBook, FlowStep, GuideState, Heard, Move, Remarks

LAST_TURN = 14  # by which a talk ends
MOST_PRACTICES = 3
MOST_BRIEF = 2  # answers in a row, after which the guide stops asking open questions
MOST_ASKED = 3  # times that it asks for a topic, before it only listens
MOST_REMARKS = 2  # on one step
LISTEN, APP = "listen", "app"
PARTING = frozenset({"bye", "parting"})


class Talk(NamedTuple):
    """A talk on its way from one state to the next."""

    book: FlowBook
    state: GuideState
    heard: Heard

    @property
    def steps(self) -> Mapping[str, FlowStep]:
        return self.book.steps(self.state.flow)

    @property
    def step(self) -> FlowStep:
        return self.steps[self.state.step]

    def to(self, step: str, flow: str | None = None, **changes: int) -> GuideState:
        place = {"version": self.book.version, "flow": flow or self.state.flow, "step": step}
        update = {**place, "asked": 1, "brief": 0, **changes}
        return self.state.model_copy(update=update)

    def topic(self, name: str, remark: str | None = None) -> Move:
        return self._about_app() if name == APP else Move(self.to("begin", name), remark, answers=True)

    def _about_app(self) -> Move:
        """What is asked about the app, or the question for it."""
        choices = self.book.steps(APP)["begin"].choices
        step = next((target for name, target in choices.items() if name in self.heard.choices), "begin")
        return Move(self.to(step, APP))

    def after_danger(self) -> Move:
        """A new talk, however long the one before was."""
        return Move(self.to("begin", "safe", turn=1))

    def again(self, remark: str | None) -> Move:
        return Move(self.to(self.state.step, asked=self.state.asked + 1, brief=self.state.brief), remark)


def advance(book: FlowBook, state: GuideState | None, heard: Heard) -> Move:
    """The move that answers a message. Without a state, or after an end, a new talk begins."""
    state = _existing(book, state) if state else None
    if state is None or not book.steps(state.flow)[state.step].targets:
        fresh = GuideState(version=book.version, flow="start", step="ask", turn=1, asked=0)
        return _opening(Talk(book, fresh, heard), is_new=state is None)
    talk = Talk(book, state.model_copy(update={"turn": state.turn + 1, "reflected": False}), heard)
    return _interruption(talk) or (_opening(talk) if state.flow == "start" else _answer(talk))


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


def _opening(talk: Talk, *, is_new: bool = True) -> Move:
    """The beginning of a talk: its topic, or the question for one."""
    heard, asked = talk.heard, talk.state.asked
    if heard.wish == "safe":
        return talk.after_danger()
    if heard.topic:
        return talk.topic(heard.topic, "medicine" if heard.wish == "medicine" else None)
    if heard.wish in PARTING or (heard.wish == "thanks" and not is_new):
        return Move(talk.to("farewell", "start"))
    remark = heard.wish if heard.wish in Remarks.model_fields else None
    if asked >= MOST_ASKED or (heard.has_substance and not remark):
        return talk.topic(LISTEN)
    if not remark and not asked:
        return Move(talk.to("ask", "start"))
    return talk.again(remark or "unclear")


def _interruption(talk: Talk) -> Move | None:
    """What goes before an answer: an end, a topic that cannot wait, or one that the person asks for."""
    heard, state, flows = talk.heard, talk.state, talk.book.flows
    is_urgent = heard.topic and (flows[heard.topic].urgent or (heard.topic == APP != state.flow and heard.asks))
    if heard.wish == "safe" and state.flow != "safe":
        return talk.after_danger()
    if heard.wish in PARTING:
        return Move(talk.to("farewell", "start"))
    if state.turn >= LAST_TURN:
        is_talk = state.flow != "start"
        return Move(talk.to("close"), "late") if is_talk else Move(talk.to("farewell"))
    if heard.topic and is_urgent and not flows[state.flow].urgent:
        return talk.topic(heard.topic)
    if heard.wish == "change":
        new_topic = heard.topic if heard.topic != state.flow else None
        return talk.topic(new_topic, "changed") if new_topic else Move(talk.to("ask", "start"))
    return None


def _answer(talk: Talk) -> Move:
    """The step after an answer."""
    heard, state = talk.heard, talk.state
    target = _chosen(talk) if heard.wish != "medicine" else None
    if target:
        return _to(talk, target)
    if heard.wish in Remarks.model_fields and state.asked <= MOST_REMARKS:
        return talk.again(heard.wish)
    if state.flow == LISTEN and state.step in {"begin", "second"} and heard.topic not in {None, LISTEN, APP}:
        return talk.topic(heard.topic)
    if talk.step.choices:
        return _unclear_choice(talk)
    brief = state.brief + 1 if heard.is_brief else 0
    if brief >= MOST_BRIEF and "choose" in talk.steps and state.step in {"begin", "second", "third", "fourth"}:
        return Move(talk.to("choose"), "few_words")
    return _to(talk, talk.step.next or "close", brief=brief, answers=True)


def _chosen(talk: Talk) -> str | None:
    """The step that the message chooses. In few words, a person may also ask for something to try, or to stop."""
    heard, choices = talk.heard, talk.step.choices
    if not choices:
        ways = talk.steps["choose"].choices if heard.is_brief and "choose" in talk.steps else {}
        choices = {name: target for name, target in ways.items() if name in {"try", "stop"}}
    elif heard.number is not None and heard.number < len(choices) and talk.state.version == talk.book.version:
        return [*choices.values()][heard.number]  # after an upgrade, it may not be what the person read
    named = choices.keys() & heard.choices
    if len(named) > 1:
        named -= {"yes"}  # "something else please"
    return choices[named.pop()] if len(named) == 1 else None


def _unclear_choice(talk: Talk) -> Move:
    """The person chose nothing: the question was not clear, or they tell more."""
    may_ask_again = talk.state.asked == 1 and not talk.step.practice
    if may_ask_again and talk.heard.is_brief:
        return talk.again("unclear")
    if may_ask_again and talk.step.next == "close":
        return talk.again(None)._replace(answers=True)
    way_out = talk.step.choices.get("stop") if talk.heard.is_brief else None
    return _to(talk, way_out or talk.step.next or "close", answers=not way_out)


def _to(talk: Talk, step: str, *, brief: int = 0, answers: bool = False) -> Move:
    if talk.steps[step].practice and len(talk.state.practices) >= MOST_PRACTICES:
        step = "close"
    return Move(talk.to(step, brief=brief), None, answers)
