"""The catalogue is data reviewed like code: these are the promises every item of it keeps."""

import re
from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from itertools import combinations, pairwise
from typing import Annotated, Literal, get_args
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, TypeAdapter

from infra.seed import read_translations
from shared.moods import MOODS, Mood
from shared.ranking.reason_texts import REASON_TEXTS

Kind = Literal[
    "breathing", "movement", "music", "film", "book", "verse", "writing",
    "gratitude", "connection", "nature", "mindfulness", "rest", "learning",
]  # fmt: skip
Tag = Literal[
    "indoors", "outdoors", "anywhere",
    "alone", "together",
    "quiet", "lively",
    "body", "mind", "senses", "creative", "playful", "humour", "gentle", "kindness", "small-win", "spiritual",
    "lying", "sitting", "screen", "no-screen", "morning", "evening", "open-place",
    "bedtime", "daytime", "night", "dusk", "warm-season", "growing-season",
]  # fmt: skip
PLACES = {"indoors", "outdoors", "anywhere"}
COMPANY = {"alone", "together"}
MANNERS = {"quiet", "lively"}

BANNED: Mapping[str, str] = {
    "scolding": r"must|should have|you should|ought to|lazy|fail\w*|cheer up|snap out|man up|just relax"
    r"|calm down|good vibes|crush it|no excuses",
    "games": r"points|streaks?|level up|levels|badges?|rewards?|leaderboard|score[sd]?",
    "medicine": r"cures?|heals?|healing|therap\w+|symptoms?|disorders?|diagnos\w+|treatments?|depress\w+",
    "harm": r"suicid\w*|kill\w*|alcohol|wine|beer|whisky|cigarettes?|drive|drives|driving|calories|fasting"
    r"|ice bath|cold plunge|hold your breath|bridges?|cliff|rooftop|knife",
    "venting": r"hit(ting)? an?|punch\w*|scream\w*|smash\w*",  # it keeps anger going
    "presumption": r"your (wife|husband|partner|boyfriend|girlfriend|mother|mum|father|dad|parents|family"
    r"|kids|children|boss|car|garden|dog|cat|church|faith|god|savings|legs)",
}
FAITH = re.compile(r"\b(god|lord|pray|prayer|psalm|bible|scripture|qur'an|king james|blessing)\b", re.IGNORECASE)

TIMES: Mapping[str, int] = {
    "three": 3, "four": 4, "five": 5, "eight": 8, "ten": 10, "fifteen": 15, "twenty": 20,
    "quarter of an hour": 15, "half an hour": 30, "an hour": 60,
}  # fmt: skip
TIME_TOLD = re.compile(r"\b(?P<count>\w+)( \w+)? minutes\b|\b(?P<span>quarter of an hour|half an hour|an hour)\b")
RUNNING_TIMES: Mapping[str, int] = {
    "film-singin-rain-whole": 103, "film-totoro": 86, "film-kiki": 103, "film-paddington": 104, "film-inside-out": 95,
    "film-wall-e": 98, "film-red-balloon": 35, "film-sherlock-jr": 45, "film-roman-holiday": 118,
    "film-straight-story": 112, "film-babette": 103, "film-paterson": 118, "film-local-hero": 111, "film-babe": 92,
    "film-wilderpeople": 101, "film-muppets": 95,
}  # fmt: skip


class Item(BaseModel):
    """One thing that may help, as its file states it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z0-9]+)+$", max_length=60)]
    title: Annotated[str, Field(min_length=4, max_length=60)]
    body: Annotated[str, Field(min_length=40, max_length=600)]
    minutes: Annotated[StrictInt, Field(ge=1, le=120)]
    effort: Annotated[StrictInt, Field(ge=1, le=5)]
    fits: Annotated[list[str], Field(min_length=3, max_length=14)]
    leads: tuple[Annotated[float, Field(ge=0.05, le=0.9)], Annotated[float, Field(ge=-0.85, le=0.8)]]
    tags: list[Tag]
    steps: Annotated[list[Annotated[str, Field(max_length=160)]], Field(max_length=10)] = []
    evidence: str | None
    repeatable: StrictBool
    attribution: Annotated[str, Field(min_length=4, max_length=120)] | None
    url: Annotated[str, Field(pattern=r"^https://")] | None

    @property
    def kind(self) -> str:
        return self.key.partition("-")[0]

    @property
    def text(self) -> str:
        return f"{self.title} {self.body}"

    @property
    def own_words(self) -> str:
        """The text without what a verse quotes, which may say what we would not."""
        return re.sub(r'"[^"]*"', "", self.text) if self.kind == "verse" else self.text


class Finding(BaseModel):
    """What trials found about one kind of activity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    effect: Annotated[float, Field(gt=0, lt=1)]
    citation: Annotated[str, Field(pattern=r"doi:10\.|PMC\d")]
    finding: Annotated[str, Field(min_length=40, max_length=300)]
    says: dict[str, Annotated[str, Field(pattern=r"^[^\d]{20,120}[^.\d]$")]]  # by language; a reason continues it


def read(name: str) -> object:
    return yaml.safe_load((files("infra") / "content" / f"{name}.yaml").read_text(encoding="utf-8"))


CATALOGUE: Mapping[str, list[Item]] = {
    kind: TypeAdapter(list[Item]).validate_python(read(kind)) for kind in get_args(Kind)
}
ITEMS = [item for items in CATALOGUE.values() for item in items]
EVIDENCE = TypeAdapter(dict[str, Finding]).validate_python(read("evidence"))


def test_findings_are_told_in_every_language() -> None:
    """Each finding has a plain sentence for every language of the reasons."""
    assert {frozenset(finding.says) for finding in EVIDENCE.values()} == {frozenset(REASON_TEXTS.by_code)}


def fitting(mood: Mood) -> list[Item]:
    return [item for item in ITEMS if mood.name in item.fits]


def time_told(title: str) -> int:
    """In minutes; 0 where none is told."""
    if found := TIME_TOLD.search(title.lower()):
        return TIMES.get(found["count"] or found["span"], 0)
    return 0


def repeated(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_the_catalogue_is_wide_enough_to_choose_from() -> None:
    """There are 320 items or more, and no kind has fewer than 15."""
    assert len(ITEMS) >= 320
    assert {kind: len(items) for kind, items in CATALOGUE.items() if len(items) < 15} == {}


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_key_begins_with_the_kind_of_its_file(kind: str) -> None:
    """A key alone tells where its item is kept."""
    assert [item.key for item in CATALOGUE[kind] if item.kind != kind] == []


def test_no_two_items_share_a_key_or_a_title() -> None:
    """Keys are stable identities and titles are what people tell apart."""
    assert repeated([item.key for item in ITEMS]) == []
    assert repeated([item.title.casefold() for item in ITEMS]) == []


def test_no_two_bodies_say_nearly_the_same() -> None:
    """Any two bodies share less than six tenths of their words."""
    words = {item.key: frozenset(re.findall(r"[a-z']+", item.body.lower())) for item in ITEMS}
    alike = [
        (one, other)
        for one, other in combinations(words, 2)
        if len(words[one] & words[other]) >= 0.6 * len(words[one] | words[other])
    ]

    assert alike == []


def test_a_body_is_a_few_whole_sentences() -> None:
    """What to do is said in at most four sentences, and the last of them is finished."""
    prose = {item.key: re.sub(r'"[^"]*"', "Quoted.", item.body) for item in ITEMS}
    endings = {key: len(re.findall(r"[.!?]+(?=\s|$)", text)) for key, text in prose.items()}

    assert [item.key for item in ITEMS if not item.body.endswith((".", "!", "?", '."', '?"'))] == []
    assert {key: count for key, count in endings.items() if not 1 <= count <= 4} == {}


@pytest.mark.parametrize("wording", BANNED.values(), ids=BANNED)
def test_no_item_scolds_plays_games_prescribes_harms_or_presumes(wording: str) -> None:
    """Somebody in distress reads this: no guilt, no scores, no promise of a cure, nothing that could hurt."""
    banned = re.compile(rf"\b({wording})\b", re.IGNORECASE)

    assert {item.key: found.group() for item in ITEMS if (found := banned.search(item.own_words))} == {}


def test_faith_is_offered_only_where_it_is_announced() -> None:
    """An item that speaks of faith is tagged spiritual, so that it can be left out."""
    spoken = [item for item in ITEMS if FAITH.search(f"{item.text} {item.attribution}")]

    assert [item.key for item in spoken if "spiritual" not in item.tags] == []


def test_every_item_says_where_with_whom_and_how() -> None:
    """Tags name one place, one manner, and company or its absence, and never contradict each other."""
    for item in ITEMS:
        tags = set(item.tags)
        assert len(tags) == len(item.tags), item.key
        assert len(tags & PLACES) == 1, item.key
        assert len(tags & MANNERS) == 1, item.key
        assert tags & COMPANY, item.key
        assert not {"screen", "no-screen"} <= tags, item.key


def test_what_strains_leaves_a_way_out() -> None:
    """Strenuous items, and movement that raises the pulse, defer to what the body allows."""
    straining = [item for item in ITEMS if item.effort >= 4 or (item.kind == "movement" and item.effort == 3)]

    assert straining
    assert [item.key for item in straining if "body allows" not in item.body] == []


def test_breathing_is_slow_and_long_enough() -> None:
    """Trials that worked avoided short sessions, so most last five minutes; each leads towards calm."""
    breathing = CATALOGUE["breathing"]

    assert sum(item.minutes >= 5 for item in breathing) >= 0.8 * len(breathing)
    assert [item.key for item in breathing if item.leads[1] >= 0] == []
    assert [item.key for item in breathing if item.evidence == "slow-breathing" and item.minutes < 5] == []


def test_a_title_that_tells_a_time_tells_the_right_one() -> None:
    """`minutes` is rounded up, so that a person with so many minutes has enough time."""
    told = {item.key: (item.minutes, time_told(item.title)) for item in ITEMS if time_told(item.title)}

    assert len(told) >= 15
    assert {key: times for key, times in told.items() if not 0 <= times[0] - times[1] <= 2} == {}


def test_a_film_takes_as_long_as_it_runs() -> None:
    """At the least."""
    films = {item.key: item.minutes for item in CATALOGUE["film"]}

    assert {key: films[key] for key, length in RUNNING_TIMES.items() if films[key] < length} == {}


def test_only_time_outdoors_claims_the_evidence_for_it() -> None:
    """The trials were made outside."""
    assert [item.key for item in ITEMS if item.evidence == "nature" and "indoors" in item.tags] == []


def test_the_years_of_a_life_stand_with_the_name() -> None:
    """After a work they would be read as its own."""
    lives = re.compile(r", [^(]+ \(\d{4}\D\d{4}\)")

    assert [item.key for item in ITEMS if lives.search(item.attribution or "")] == []


def test_words_of_others_are_named() -> None:
    """Every verse carries its source; elsewhere a work is named with its maker."""
    assert [item.key for item in CATALOGUE["verse"] if not item.attribution] == []
    assert sum(bool(item.attribution) for item in CATALOGUE["film"]) >= 20
    assert sum(bool(item.attribution) for item in CATALOGUE["book"]) >= 15


def test_every_mood_named_is_one_of_the_vocabulary() -> None:
    """An item fits only moods that people can record, and none twice."""
    assert {name for item in ITEMS for name in item.fits} <= MOODS.keys()
    assert [item.key for item in ITEMS if repeated(item.fits)] == []


@pytest.mark.parametrize("mood", MOODS.values(), ids=MOODS)
def test_every_mood_finds_a_dozen_items_of_several_kinds(mood: Mood) -> None:
    """Whatever someone feels, there are at least 12 items over 5 kinds to choose from."""
    items = fitting(mood)

    assert len(items) >= 12
    assert len({item.kind for item in items}) >= 5


@pytest.mark.parametrize("mood", MOODS.values(), ids=MOODS)
def test_every_mood_finds_something_for_a_minute_or_three(mood: Mood) -> None:
    """Two items or more of one minute, and five of at most three, of three kinds."""
    short = [item for item in fitting(mood) if item.minutes <= 3]

    assert sum(item.minutes == 1 for item in short) >= 2
    assert len(short) >= 5
    assert len({item.kind for item in short}) >= 3


def test_what_is_long_waits_for_the_evening_or_for_open_places() -> None:
    """A film of two hours is nothing for a morning: what takes 45 minutes or more says by a tag when there is time."""
    long = [item for item in ITEMS if item.minutes >= 45]
    times = {"evening", "daytime", "open-place", "outdoors"}

    assert long
    assert [item.key for item in long if times.isdisjoint(item.tags)] == []
    assert [item.key for item in long if item.kind == "film" and "evening" not in item.tags] == []


def test_what_belongs_to_bedtime_belongs_to_the_evening() -> None:
    """`bedtime` narrows `evening`, and nothing is for both ends of the day."""
    assert [item.key for item in ITEMS if "bedtime" in item.tags and "evening" not in item.tags] == []
    assert [item.key for item in ITEMS if "daytime" in item.tags and {"evening", "night"} & {*item.tags}] == []


def test_leads_are_placed_to_a_twentieth() -> None:
    """No item claims to know its effect more finely than the moods themselves are placed."""
    assert [item.key for item in ITEMS if any(round(20 * x) != pytest.approx(20 * x) for x in item.leads)] == []


@pytest.mark.parametrize("mood", [mood for mood in MOODS.values() if mood.valence < 0 and mood.arousal >= 0.3])
def test_agitation_is_never_answered_with_more_of_it(mood: Mood) -> None:
    """Items that fit an unpleasant, activated mood lead to lower arousal, and many of them to calm."""
    items = fitting(mood)
    calming = [item for item in items if item.kind in {"breathing", "movement", "nature", "music", "mindfulness"}]

    assert [item.key for item in items if item.leads[1] >= mood.arousal] == []
    assert sum(item.leads[1] < 0 for item in calming) >= 4


@pytest.mark.parametrize("mood", [mood for mood in MOODS.values() if mood.valence < 0 and mood.arousal < 0])
def test_a_low_mood_finds_gentle_activation(mood: Mood) -> None:
    """What suits an unpleasant, calm mood includes easy things that lead to a little more energy."""
    lifting = [item for item in fitting(mood) if item.effort <= 2 and item.leads[1] >= mood.arousal + 0.2]

    assert len(lifting) >= 6


@pytest.mark.parametrize("span", tuple(pairwise([0, 2, 5, 10, 20, 30])))
def test_there_is_something_easy_for_any_gap_in_the_day(span: tuple[int, int]) -> None:
    """Two minutes or thirty: several kinds of low-effort items fit in."""
    shortest, longest = span
    easy = [item for item in ITEMS if item.effort <= 2 and shortest < item.minutes <= longest]

    assert len(easy) >= 15
    assert len({item.kind for item in easy}) >= 5


def test_evidence_is_cited_and_every_citation_used() -> None:
    """Items name only findings that are kept, and none is kept that no item names."""
    assert {item.evidence for item in ITEMS if item.evidence} == EVIDENCE.keys()


@pytest.mark.parametrize("kind", ["film", "book", "verse"])
def test_taste_claims_no_evidence(kind: str) -> None:
    """Stories are offered by preference; only going out and thinking again have trials behind them."""
    claimed = {item.evidence for item in CATALOGUE[kind]} - {None}

    assert claimed <= {"reappraisal", "behavioural-activation"}


TRANSLATIONS = read_translations()
LANGUAGES = sorted({language for translated in TRANSLATIONS.values() for language in translated})
# Where an item is opened: search pages, whose addresses stay when a single edition, film or recording goes away.
SEARCH_PAGES: Mapping[str, str] = {
    "openlibrary.org/search": "q",
    "www.themoviedb.org/search/movie": "query",
    "archive.org/search": "query",
    "www.youtube.com/results": "search_query",
    "en.wikipedia.org/w/index.php": "search",
    "www.gutenberg.org/ebooks/search/": "query",
    "librivox.org/search": "q",
    "xeno-canto.org/explore": "query",
    "www.europeana.eu/en/search": "query",
    "www.openstreetmap.org/search": "query",
}


def test_every_item_is_translated() -> None:
    """Into every language that has a folder, German at least, with as many steps as in English."""
    assert "de" in LANGUAGES
    for item in ITEMS:
        for language in LANGUAGES:
            translation = TRANSLATIONS[item.key][language]
            assert translation["title"].strip(), item.key
            assert len(translation["body"]) >= 40, item.key
            assert len(translation.get("steps", [])) == len(item.steps), item.key
    assert TRANSLATIONS.keys() <= {item.key for item in ITEMS}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_titles_are_the_same_in_a_language(language: str) -> None:
    """Titles are what people tell apart."""
    assert repeated([translated[language]["title"].casefold() for translated in TRANSLATIONS.values()]) == []


def test_what_names_a_work_has_a_link_to_it() -> None:
    """A link searches a public catalogue for the work. It holds no identifier that could be wrong or go away."""
    works = [item for kind in ("music", "film", "book") for item in CATALOGUE[kind] if item.attribution]

    assert [item.key for item in works if not item.url] == []
    for item in works:
        words = parse_qs(urlsplit(item.url or "").query)
        assert words.popitem()[1][0].split()[0] in f"{item.attribution}", item.key


def test_links_are_well_formed() -> None:
    """https, a search page of a known provider, words in its parameter, and nothing that is left unquoted."""
    for item in ITEMS:
        if item.url is None:
            continue
        parts = urlsplit(item.url)
        parameter = SEARCH_PAGES[f"{parts.netloc}{parts.path}"]
        assert parts.scheme == "https"
        assert parse_qs(parts.query, strict_parsing=True)[parameter][0].strip(), item.key
        assert re.fullmatch(r"[!-~]+", item.url), item.key
        assert not parts.fragment
