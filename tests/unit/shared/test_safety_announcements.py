"""Sentences that announce a suicide and say nothing else, in every language."""

import json
import random
from collections.abc import Callable
from time import process_time

import pytest

from infra.safety import announcement_lists
from infra.safety.lines import ORDINARY, SAFE, WRITERS, lines_of
from shared.safety import announcements, signs
from shared.safety.gate import OPENING_GRADES, find_by_patterns, find_codes, grade_of
from shared.safety.scripts import plain, standard

FAMILIES = {language: family for family, languages in signs.LANGUAGES.items() for language in languages}


def grade(text: str) -> str | None:
    codes = find_codes(text)
    return grade_of(codes[0]) if codes else None


@pytest.mark.parametrize(
    "text",
    [
        "I'm killing myself on Sunday",
        "ich nehm mir übermorgen das Leben",
        "Am Montag werfe ich mich vor den Zug",
        "me quito la vida el lunes",
        "demain je me pends",
        "mi toglierò la vita domani",
        "morgen hang ik me op",
        "amanhã eu me mato",
        "w poniedziałek się zabiję",
        "yar\u0131n intihar edeceğim",
        "завтра повешусь",
        "سأنتحر غدا",
        "मैं कल आत्महत्या कर लूँगा",
        "main kal khudkushi kar lungi",
        "明日自殺します",
        "내일 자살할 거야",
        "我明天自杀",
        "\u4eca\u306f\u6b7b\u306b\u305f\u3044\u3067\u3059",
        "chc\u0119 umrze\u0107",
    ],
)
def test_an_announcement_opens_a_care_period(text: str) -> None:
    """Although a scorer knows too little of so short a text."""
    assert grade(text) in OPENING_GRADES


@pytest.mark.parametrize(
    "text",
    [
        "Tonight I'm going to hang myself.",
        "ich bring mich heute abend um",
        "je vais me tuer ce soir",
        "сегодня убью себя",
        "今夜首を吊ります",
    ],
)
def test_a_time_that_is_near_makes_it_immediate(text: str) -> None:
    """The call comes first."""
    assert grade(text) == "immediate"


@pytest.mark.parametrize(
    "text",
    [
        "I have slept. I'm killing myself tomorrow. Feed the cat.",
        "Ich kann nicht mehr, ich bringe mich um",
        "J'ai tout rangé. Demain je me suicide.",
        "疲れた。明日、自殺します。",
    ],
)
def test_it_may_be_one_sentence_or_clause_of_several(text: str) -> None:
    """What is said around it does not hide it."""
    assert grade(text) in OPENING_GRADES


@pytest.mark.parametrize(
    "text",
    [
        'In the play he says: "I will kill myself."',
        "I will never kill myself",
        "If the bus is late again I'm killing myself laughing",
        "Sie sagt, sie bringt sich um",
        "Das Rennen bringt mich noch um den Schlaf",
        "me mato de risa",
        "je me tue au travail",
        "mi ammazzo di lavoro",
        "Should I kill myself with work?",
        "ich will mich nicht mehr umbringen",
        "je ne vais pas me tuer",
        "nie mog\u0119 si\u0119 zabi\u0107",
        "j\u00e1 n\u00e3o consigo me matar",
        "kendimi \u00f6ld\u00fcrmeyece\u011fim",
        "больше не могу убить себя",
        "自殺しない",
        "자살 안 할 거야",
        "我不要自杀",
    ],
)
def test_what_says_something_else_is_left_to_the_scorer(text: str) -> None:
    """A quotation, a denial, a joke, a question, somebody else."""
    assert find_by_patterns(text).announced == set()


@pytest.mark.parametrize(
    "text",
    [
        "Mein Bruder sagt: Ich bringe mich um.",
        "My friend wrote: I want to die.",
        "The song goes: I wanna die",
        "Lyrics: I'm going to kill myself",
        "Er hat gesagt, ich bringe mich um",
        "Er hat mir gestern geschrieben, ich bringe mich um",
        "I want to die, my mother said",
        "Ich bringe mich um, sagt er",
        "Mijn broer zegt: ik pleeg zelfmoord",
        "Ma sœur m'a dit : je vais me tuer",
        "Mi hermano dijo, me voy a matar",
        "Mio fratello ha detto: mi ammazzo",
        "Meu irmão disse: vou me matar",
        "Mój brat powiedział: zabiję się",
        "Kardeşim dedi: kendimi öldüreceğim",
        "Брат сказал, я убью себя",
        "قال أخي، سأنتحر",
        "भाई ने कहा, मैं आत्महत्या कर लूँगा",
        "Bhai ne kaha: main suicide karunga",
        "弟が言った、死にたい",
        "동생이 말했다, 자살할 거야",
        "我弟弟说, 我要自杀",
    ],
)
def test_what_somebody_else_says_is_no_announcement(text: str) -> None:
    """After a colon or a comma, a clause belongs to whoever is said to speak it. Other findings stay."""
    assert find_by_patterns(text).announced == set()


@pytest.mark.parametrize(
    "text",
    [
        "I decided: I will kill myself.",
        "I told my brother: I'm going to kill myself",
        "Ich habe gesagt, ich bringe mich um",
        "Dije: me voy a matar",
        "Я сказал, я убью себя",
        "我说, 我要自杀",
        "Wie gesagt, ich bringe mich um",
        "That said, I want to die",
        "Today: I want to die",
        "Ugh :( I want to die",
        "Mein Chef sagt nichts, ich bringe mich um",
        "I want to die, and my mother says: pull yourself together.",
        "Mein Bruder sagt: Reiß dich zusammen. Ich bringe mich um.",
    ],
)
def test_own_words_are_announced_however_they_are_introduced(text: str) -> None:
    """What others say elsewhere in a note takes nothing back."""
    assert find_by_patterns(text).announced


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ich gehe jetzt für immer", "explicit_ideation"),
        ("I'm leaving forever, forgive me", "explicit_ideation"),
        ("Ухожу навсегда", "explicit_ideation"),
        ("私は永遠に消えます", "explicit_ideation"),
        ("j'arrête tout ce soir", "explicit_ideation"),
        ("Heute Nacht endet alles", "explicit_ideation"),
        ("esta noche acabo con todo", "explicit_ideation"),
        ("我今晚结束一切", "explicit_ideation"),
        ("Me corté otra vez", "self_harm"),
        ("Ik heb mezelf weer gesneden", "self_harm"),
        ("또 자해했어요", "self_harm"),
        ("Ich will einfach nur einschlafen und nie wieder aufwachen", "indirect"),
        ("soon I'll be free from all this pain", "indirect"),
        ("bald bin ich frei von all dem Schmerz", "indirect"),
        ("Alles ist sinnlos, ich gehe", "indirect"),
        ("Всё бессмысленно, я ухожу", "indirect"),
    ],
)
def test_a_death_may_be_announced_by_other_names(text: str, code: str) -> None:
    """To go for ever, to end everything now. Never to wake up, and to be free of all pain, are hints."""
    assert find_by_patterns(text).announced == {code}


@pytest.mark.parametrize("text", ["j'arrête tout", "morgen endet alles", "acabo con todo", "我结束一切"])
def test_an_end_of_everything_is_none_of_a_life_unless_it_is_near(text: str) -> None:
    """Somebody may end a training, or a job."""
    assert find_by_patterns(text).announced == set()


def test_a_hint_does_not_keep_the_scorer_from_finding_more() -> None:
    """A phrase of the pattern files does, because it knows the sentence as a lesser danger."""
    assert find_by_patterns("all of it is senseless I'm going").announced == {"indirect"}
    assert grade("all of it is senseless I'm going") == "explicit"


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to die",
        "I do not want to die",
        "I dont want to die.",
        "I no longer want to die",
        "I don't want to die. I don't want to die!",
        "Ich will nicht mehr sterben",
        "je ne veux plus mourir",
        "ya no quiero morir",
        "non voglio morire",
        "ik wil niet sterven",
        "nie chcę umrzeć",
        "não quero morrer",
        "art\u0131k ölmek istemiyorum",
        "я больше не хочу умирать",
        "لا أريد أن أموت",
        "मैं मरना नहीं चाहता",
        "main marna nahi chahta",
        "もう死にたくない",
        "죽고 싶지 않아",
        "我不想死",
    ],
)
def test_who_does_not_want_to_die_gets_a_hint_at_most(text: str) -> None:
    """As a whole note. The scorer takes the words of the wish for the wish."""
    assert grade(text) in {None, "indirect"}


def test_a_denial_beside_something_else_is_left_to_the_scorer() -> None:
    """Many who are in danger do not want to die."""
    assert grade("I don't want to die. I just want the pain to stop.") == "explicit"


def test_no_safe_line_of_a_writer_is_an_announcement() -> None:
    """They are 5,000 notes in 15 languages that sound alike, and 1,100 of ordinary days."""
    safe = [line.text for line in lines_of((*WRITERS, ORDINARY)) if line.grade == SAFE]
    assert [text for text in safe if find_by_patterns(text).announced] == []


@pytest.mark.parametrize("language", sorted(FAMILIES))
def test_what_may_stand_beside_does_so_anywhere(language: str) -> None:
    """At the beginning, at the end, and between any words. A few become part of a longer phrase, as "after" may."""
    lists, family = json.loads(announcements.lists_file(language).read_text("utf-8")), FAMILIES[language]
    space = announcements.space_of(family)
    beside = [each for kind in announcement_lists.BESIDE for each in lists[kind] if not {"#", "*"} & {*each}]
    chosen = random.Random(language)  # noqa: S311 - it need not be secret

    texts = []
    for sentence in chosen.sample(lists["says"], 50):
        words = sentence.split()
        words.insert(chosen.randint(0, len(words)), chosen.choice(beside))
        texts.append(space.join(words))
    missed = [text for text in texts if not announcements.find([announcements.StandardSentence((text,))], family)]
    assert len(missed) <= 2, missed


@pytest.mark.parametrize("language", ["zh", "ja", "ko"])
def test_announcements_take_little_time_where_words_have_no_spaces(language: str) -> None:
    """Each letter may begin a phrase there. Signs are the measure: most notes have a few microseconds of both."""
    notes = [plain(standard(line.text), "") for line in lines_of(WRITERS) if line.language == language]
    sentences = [announcements.StandardSentence((note,)) for note in notes]

    assert seconds(lambda: announcements.find(sentences, "letters")) < 6 * seconds(lambda: signs.find(notes, "letters"))


@pytest.mark.parametrize("piece", ["死にたい、", "死にたい。", "i want to die, ", "i want to die. ", "i want to die: "])
def test_the_time_grows_with_the_length_of_a_hostile_text(piece: str) -> None:
    """Twelve times as much text takes less than forty times as long: the square would be 144 times."""
    short, long = piece * 150, piece * 1_800

    assert seconds(lambda: find_by_patterns(long)) < 40 * seconds(lambda: find_by_patterns(short))


def test_many_colons_take_no_longer_than_as_many_stops() -> None:
    """Only so many texts before colons are looked at: none of an ordinary note is beyond."""
    pieces = [f"{number} i want to die" for number in range(500)]
    colons, stops = ": ".join(pieces), ". ".join(pieces)

    assert seconds(lambda: find_by_patterns(colons)) < 2 * seconds(lambda: find_by_patterns(stops))


def seconds(act: Callable[[], object]) -> float:
    """Of the processor, in the fastest of three runs after a first one."""
    act()
    times = []
    for _ in range(3):
        start = process_time()
        act()
        times.append(process_time() - start)
    return min(times)


def test_the_lists_that_are_read_are_those_that_were_written() -> None:
    """`python -m infra.safety.announcement_lists` writes them anew."""
    for file, content in announcement_lists.contents():
        assert file.read_text("utf-8") == content, file.name
