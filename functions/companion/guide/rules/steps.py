"""Where the guide goes after a message."""

from collections.abc import Mapping
from typing import NamedTuple

from functions.companion.guide.flows import FlowBook, FlowStep, GuideState, Heard, Move, Remarks

LAST_TURN = 14  # by which a talk ends
MOST_PRACTICES = 3
MOST_BRIEF = 2  # answers in a row, after which the guide stops asking open questions
MOST_ASKED = 3  # times that it asks for a topic, before it only listens
MOST_REMARKS = 2  # on one step
LISTEN, APP, NEAR = "listen", "app", "near"
CLOSING = frozenset({NEAR, "safe"})  # flows whose end says what helps in danger, also to those who say goodbye
PARTING = frozenset({"bye", "parting"})
AFTERWARDS = frozenset({"safe", "eased", "hours", "parted"})  # states of danger after which the conversation goes on


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

    def farewell(self) -> Move:
        is_near = self.state.flow in CLOSING
        return Move(self.to("close")) if is_near else Move(self.to("farewell", "start"))

    @property
    def asked_for(self) -> Move | None:
        """What the person asks the guide to show, in any topic: a passage of the help, or a practice."""
        if self.heard.wish == "practical":
            return Move(self.to("article", APP))
        if self.heard.wish != "practice":
            return None
        if len(self.state.practices) >= MOST_PRACTICES and "close" in self.steps:
            return Move(self.to("close"))
        topics = (self.heard.topic, self.state.flow, LISTEN)
        flow = next(name for name in topics if name and "practice" in self.book.steps(name))
        asked = {"kind": self.heard.kind, "minutes": self.heard.minutes}
        return Move(self.to("practice", flow).model_copy(update=asked))

    def again(self, remark: str | None) -> Move:
        if self.step.article:  # a passage is quoted for its question only
            return Move(self.to(self.step.next or "close"), remark)
        return Move(self.to(self.state.step, asked=self.state.asked + 1, brief=self.state.brief), remark)


def advance(book: FlowBook, state: GuideState | None, heard: Heard, danger: str | None = None) -> Move:
    """The move that answers a message. Without a state, or after an end, a new talk begins.

    `danger` is the state that the reply before has set, if that was about danger: after a talk about it, the guide
    stays with the next hours, unless the person wants something else.
    """
    if danger in AFTERWARDS:
        state = GuideState(version=book.version, flow="start", step="ask", turn=1, asked=0)
        return _opening(Talk(book, state, heard), near=danger != "parted")
    state = _existing(book, state) if state else None
    if state is None or not book.steps(state.flow)[state.step].targets:
        fresh = GuideState(version=book.version, flow="start", step="ask", turn=1, asked=0)
        return _opening(Talk(book, fresh, heard), is_new=state is None)
    talk = Talk(book, state.model_copy(update={"turn": state.turn + 1, "reflected": False}), heard)
    if move := _interruption(talk):
        return move
    if _leaves_article(talk):
        talk = talk._replace(state=talk.to("ask", "start", asked=0))
    return _opening(talk) if talk.state.flow == "start" else _answer(talk)


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


def _opening(talk: Talk, *, is_new: bool = True, near: bool = False) -> Move:
    """The beginning of a talk: its topic, or the question for one. `near` if danger was spoken of just before."""
    heard, asked = talk.heard, talk.state.asked
    if move := _before_topics(talk, near=near):
        return move
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


def _before_topics(talk: Talk, *, near: bool) -> Move | None:
    """What goes before a topic at the beginning of a talk, unless that cannot wait."""
    heard = talk.heard
    if heard.wish == "safe":
        return talk.after_danger()
    if heard.topic and talk.book.flows[heard.topic].urgent:
        return None
    if near and heard.wish not in {"change", "practical", "practice"}:
        return Move(talk.to("close" if heard.wish in PARTING else "begin", NEAR))
    return talk.asked_for


def _leaves_article(talk: Talk) -> bool:
    """Whether a person who has read a passage of the help tells of something else."""
    heard = talk.heard
    tells = heard.has_substance and not heard.is_brief and heard.wish not in Remarks.model_fields
    return talk.step.article and tells


def _interruption(talk: Talk) -> Move | None:
    """What goes before an answer: an end, a topic that cannot wait, or one that the person asks for."""
    heard, state, flows = talk.heard, talk.state, talk.book.flows
    asks_app = heard.topic == APP != state.flow and heard.asks and heard.wish != "practical"
    is_urgent = heard.topic and (flows[heard.topic].urgent or asks_app)
    if heard.wish == "safe" and state.flow != "safe":
        return talk.after_danger()
    is_content = state.flow in CLOSING and heard.is_brief and "stop" in heard.choices
    if heard.wish in PARTING or is_content:
        return talk.farewell()
    if state.turn >= LAST_TURN:
        is_talk = state.flow != "start"
        return Move(talk.to("close"), "late") if is_talk else Move(talk.to("farewell"))
    if heard.topic and is_urgent and not flows[state.flow].urgent:
        return talk.topic(heard.topic)
    return _wished(talk)


def _wished(talk: Talk) -> Move | None:
    """What the person asks for: a passage of the help, a practice, or another topic."""
    topic = talk.heard.topic
    if (move := talk.asked_for) and not (_offers_practice(talk) and _chosen(talk)):
        return move
    if talk.heard.wish == "change":
        new_topic = topic if topic != talk.state.flow else None
        return talk.topic(new_topic, "changed") if new_topic else Move(talk.to("ask", "start"))
    return None


def _offers_practice(talk: Talk) -> bool:
    """Whether the step asks if a practice is wanted, or another one."""
    return talk.step.practice or any(talk.steps[target].practice for target in talk.step.choices.values())


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
