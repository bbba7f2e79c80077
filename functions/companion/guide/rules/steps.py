"""Where the guide goes after a message."""

from functions.companion.guide.flows import (
    LISTEN,
    PARTING,
    PRESSING,
    QUOTED,
    UNNAMED,
    FlowBook,
    GuideState,
    Heard,
    Move,
    Remarks,
)
from functions.companion.guide.rules.hints import with_hints
from functions.companion.guide.rules.talk import (
    APP,
    CLOSING,
    MOST_PRACTICES,
    NEAR,
    QUIET,
    VIOLENCE,
    Talk,
)

LAST_TURN = 14  # by which a talk ends
MOST_BRIEF = 2  # answers in a row, after which the guide stops asking open questions
MOST_ASKED = 3  # times that it asks for a topic, before it only listens
MOST_REMARKS = 2  # on one step
ASKED_AGAIN = frozenset(Remarks.model_fields) - {"resolved", "corrected"}  # wishes after which the same is asked again
QUESTIONS = frozenset({"medicine", "normal", "outlook", "others_mind", "how_to_say"})  # which choose nothing
GOING_ON = QUESTIONS | {"question", "advice"}  # remarks that may stand before the next step
KEPT = {"quiet", "no_offers", "home", "language", "light", "conversation", "said"}  # of the talk before
OPEN_STEPS = frozenset({"begin", "second", "third", "fourth"})  # that ask for no choice
LEFT_FOR_TOPICS = OPEN_STEPS | {"choose"}  # steps of `listen`
SAFE_FLOWS = frozenset({"safe", VIOLENCE})  # in which "I am safe" is an answer
AFTERWARDS = frozenset({"safe", "eased", "hours", "parted"})  # states of danger after which the conversation goes on
OTHERS = "others"  # the state of danger in which somebody else is dangerous


def advance(book: FlowBook, state: GuideState | None, heard: Heard, danger: str | None = None) -> Move:
    """The move that answers a message. Without a state, or after an end, a new talk begins.

    `danger` is the state that the reply before has set, if that was about danger: after a talk about it, the guide
    stays with the next hours, unless the person wants something else.
    """
    return with_hints(book, state, heard, _advanced(book, state, heard, danger))


def _advanced(book: FlowBook, state: GuideState | None, heard: Heard, danger: str | None) -> Move:
    old = _existing(book, state) if state else None
    new = Talk(book, _fresh(book, old, heard), heard)
    if danger == OTHERS:
        new = new._replace(state=new.state.model_copy(update={"home": VIOLENCE}))
    if old is None or danger in {*AFTERWARDS, OTHERS}:
        return _opening(new, near=danger in AFTERWARDS - {"parted"})
    talk = Talk(book, old.model_copy(update={"turn": old.turn + 1, "reflected": False} | _wanted(heard)), heard)
    if move := _graver(talk) or talk.by_sign():
        return move
    if not talk.step.targets:
        return _opening(new, is_new=False)
    if move := _interruption(talk):
        return move
    if _leaves_article(talk):
        talk = talk._replace(state=talk.to("ask", "start", asked=0))
    return _opening(talk) if talk.state.flow == "start" else _answer(talk)


def may_reflect(book: FlowBook, before: GuideState | None, move: Move) -> bool:
    """Whether a reply may begin with the person's own words: where they open a light topic, and not twice in a row.

    Elsewhere the guide does not know what the words are about, so it cannot know whether they hurt. Where it listens,
    it knows by some hints (`with_hints`).
    """
    flow, opens = book.flows[move.state.flow], move.answers and move.state.step == "begin"
    is_known = opens and not move.remark and not flow.plain and move.state.flow != LISTEN
    return is_known and not (before and before.reflected)


def _fresh(book: FlowBook, old: GuideState | None, heard: Heard) -> GuideState:
    """The state at the beginning of a talk. What the person does not want is remembered from the talk before."""
    kept = old.model_dump(include=KEPT) if old else {}
    kept |= _wanted(heard)
    return GuideState(version=book.version, flow="start", step="ask", turn=1, asked=0, **kept)


def _wanted(heard: Heard) -> dict[str, bool]:
    """Whether the person wants something to try, if they say so."""
    return {"no_offers": heard.wish != "practice"} if heard.wish in {QUIET, "no_offers", "practice"} else {}


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
        return talk.goodbye
    remark = heard.wish if heard.wish in ASKED_AGAIN else None
    if asked >= MOST_ASKED or (heard.has_substance and not remark):
        return talk.topic(LISTEN)
    if not remark and not asked:
        return Move(talk.to("ask", "start"))
    return talk.again(remark or "unclear")


def _before_topics(talk: Talk, *, near: bool) -> Move | None:
    """What goes before a topic at the beginning of a talk, unless that cannot wait."""
    heard = talk.heard
    if heard.wish == "safe" and talk.state.home != VIOLENCE:
        return talk.after_danger()
    if talk.urgency:
        return None
    if near and heard.wish not in {"change", "practical", "practice", *QUOTED}:
        return Move(talk.to("close" if heard.wish in PARTING else "begin", NEAR))
    return talk.unasked() or talk.asked_for or _coming_back(talk)


def _coming_back(talk: Talk) -> Move | None:
    """A talk without questions goes on without them, and one about violence comes back to it."""
    heard, home = talk.heard, talk.state.home
    if heard.wish in {*PARTING, "thanks"}:
        return Move(talk.to("close", home)) if home else None
    if heard.wish == "change":
        return None
    if talk.state.quiet:
        return Move(talk.to("more", QUIET))
    return talk.back_home(home) if home else None


def _leaves_article(talk: Talk) -> bool:
    """Whether a person who has read a passage of the help tells of something else."""
    heard = talk.heard
    tells = heard.has_substance and not heard.is_brief and heard.wish not in ASKED_AGAIN
    return talk.step.article and tells


def _interruption(talk: Talk) -> Move | None:
    """What goes before an answer: a topic that cannot wait, an end, or what the person asks for."""
    return _pressing(talk) or _ending(talk) or _wished(talk)


def _graver(talk: Talk) -> Move | None:
    """A dangerous topic that is more urgent than that of the talk: it goes before the signs of the talk."""
    topic, urgent = talk.heard.topic, talk.book.flows[talk.state.flow].urgent
    return talk.topic(topic) if topic and talk.urgency >= PRESSING and talk.urgency > urgent else None


def _pressing(talk: Talk) -> Move | None:
    heard, state, flows = talk.heard, talk.state, talk.book.flows
    if heard.wish == "safe" and state.flow not in SAFE_FLOWS:
        return talk.after_danger()
    if heard.topic and talk.urgency > flows[state.flow].urgent:
        return talk.topic(heard.topic)
    return None


def _ending(talk: Talk) -> Move | None:
    heard, state = talk.heard, talk.state
    is_content = state.flow in CLOSING and heard.is_brief and "stop" in heard.choices
    is_back = talk.step.practice and "did" in heard.choices  # "I'm done" says that they have tried it
    if (heard.wish in PARTING and not is_back) or is_content:
        return talk.farewell()
    if move := talk.unasked():
        return move
    if state.turn < LAST_TURN:
        return None
    return Move(talk.to("farewell")) if state.flow == "start" else Move(talk.to("close"), "late")


def _wished(talk: Talk) -> Move | None:
    """What the person asks for: a passage of the help, a practice, or another topic."""
    topic, flow = talk.heard.topic, talk.state.flow
    if topic == APP != flow and talk.heard.asks and talk.heard.wish not in {"practical", *QUOTED}:
        return talk.topic(APP)
    if (move := talk.asked_for) and not (_offers_practice(talk) and _chosen(talk)):
        return move
    if talk.heard.wish == "change":
        leaving = talk._replace(state=talk.to("ask", "start", quiet=False, home=None))
        return leaving.topic(topic, "changed") if topic and topic != flow else Move(leaving.state)
    if talk.heard.wish in {"misread", "correction"} and topic not in {None, flow, APP}:
        return talk.topic(topic, "corrected")
    if talk.heard.wish == "misread" and not talk.book.flows[flow].urgent and talk.state.asked <= MOST_REMARKS:
        return Move(talk.to("begin", LISTEN, asked=talk.state.asked + 1), "misread")
    return None


def _offers_practice(talk: Talk) -> bool:
    """Whether the step asks if a practice is wanted, or another one."""
    return talk.step.practice or any(talk.steps[target].practice for target in talk.step.choices.values())


def _answer(talk: Talk) -> Move:
    """The step after an answer."""
    heard, state = talk.heard, talk.state
    if (target := _chosen(talk)) and heard.wish not in QUESTIONS:
        return _to(talk, target)
    if state.flow == APP and (move := _further_about_app(talk)):
        return move
    if heard.wish in ASKED_AGAIN and state.asked <= MOST_REMARKS:
        return _remarked(talk, heard.wish)
    if state.flow == LISTEN and state.step in LEFT_FOR_TOPICS and heard.topic not in {None, LISTEN, APP}:
        return talk.topic(heard.topic)
    move = _unclear_choice(talk) if talk.step.choices else _told(talk)
    is_resolved = heard.wish == "resolved" and not (move.remark or talk.book.flows[state.flow].urgent)
    return move._replace(remark="resolved") if is_resolved else move


def _further_about_app(talk: Talk) -> Move | None:
    """After a passage of the help: what it does not answer, another topic, or thanks."""
    heard = talk.heard
    if heard.wish == "question":
        return talk.topic(heard.topic) if heard.topic else Move(talk.to("unknown"))
    return Move(talk.to("close")) if heard.is_brief and "stop" in heard.choices else None


def _remarked(talk: Talk, remark: str) -> Move:
    """The remark, and the same question again, or the next if it was asked twice."""
    step, is_last = talk.step, talk.state.asked == MOST_REMARKS and talk.state.step in OPEN_STEPS
    flow = talk.book.flows[talk.state.flow]
    if is_last and remark in GOING_ON and step.next and not (flow.urgent or flow.plain):
        return _to(talk, step.next)._replace(remark=remark)
    return talk.again(remark)


def _told(talk: Talk) -> Move:
    """The step after an answer to an open question."""
    heard, state = talk.heard, talk.state
    if heard.wish == "leave_it":
        return Move(talk.to("close"))
    brief = state.brief + 1 if heard.is_brief else 0
    if brief >= MOST_BRIEF and "choose" in talk.steps and state.step in OPEN_STEPS:
        return Move(talk.to(talk.spared("choose")), "few_words")
    return _to(talk, talk.step.next or "close", brief=brief, answers=True)


def _chosen(talk: Talk) -> str | None:
    """The step that the message chooses. In few words, a person may also ask for something to try, or to stop."""
    heard, choices = talk.heard, talk.step.choices
    if _tells_of_practice(talk):
        return "unhelped"
    if not choices:
        ways = talk.steps["choose"].choices if heard.is_brief and "choose" in talk.steps else {}
        choices = {name: target for name, target in ways.items() if name in {"try", "stop"}}
    elif target := _numbered(talk):
        return target
    named = choices.keys() & heard.choices
    if "safe" in named:
        return choices["safe"]  # "no, he does not live here any more"
    if len(named) > 1:
        named -= {"yes"}  # "something else please"
    return _answered_ahead(talk, named.pop()) if len(named) == 1 else None


def _tells_of_practice(talk: Talk) -> bool:
    """Whether the person says that they have tried what was shown, and that it did not help: "no, it didn't help"."""
    is_shown = talk.step.practice or (talk.state.step == "aside" and talk.state.practices)
    return bool(is_shown) and {"did", "unhelped"} <= talk.heard.choices


def _numbered(talk: Talk) -> str | None:
    """The step of a choice by its number. After an upgrade, it may not be what the person read."""
    named = [target for name, target in talk.step.choices.items() if name not in UNNAMED]
    number = talk.heard.number if talk.state.version == talk.book.version else None
    return named[number] if number is not None and number < len(named) else None


def _answered_ahead(talk: Talk, choice: str) -> str:
    """The step of a choice. Who has tried something and says at once how it was, is not asked for that."""
    target = talk.step.choices.get(choice) or talk.steps["choose"].choices[choice]
    further = talk.steps[target].choices if choice == "did" else {}
    told = further.keys() & talk.heard.choices
    return further[told.pop()] if len(told) == 1 else target


def _unclear_choice(talk: Talk) -> Move:
    """The person chose nothing: the question was not clear, or they tell more, or want to."""
    if talk.state.step == "offer" and talk.heard.is_brief and "tell" in talk.heard.choices:
        return Move(talk.to("more", QUIET))
    may_ask_again = talk.state.asked == 1 and not (talk.step.practice or talk.step.any_answer)
    if may_ask_again and talk.heard.is_brief:
        return talk.again("unclear")
    if may_ask_again and talk.step.next == "close":
        return talk.again(None)._replace(answers=True)
    way_out = talk.step.choices.get("stop") if talk.heard.is_brief else None
    return _to(talk, way_out or talk.step.next or "close", answers=not way_out)


def _to(talk: Talk, step: str, *, brief: int = 0, answers: bool = False) -> Move:
    state = talk.spared_to(step)
    if state.step == "practice" and len(state.practices) >= MOST_PRACTICES:
        state = talk.to("close")
    return Move(state.model_copy(update={"brief": brief}), None, answers)
