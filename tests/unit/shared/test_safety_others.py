"""Danger of somebody else, and what sounds like it."""

import pytest

from shared.safety.gate import find_codes, grade_of

WORRIES = [
    "my friend emma said she doesnt want to live anymore",
    "my best friend emma, 15, wants to die",
    "emma wants to kill herself",
    "my son 13 is cutting himself",
    "someone i know wants to die",
    "a boy at my school wants to end it all",
    "one of my friends doesnt want to be alive anymore",
    "somebody i love wants to kill themselves",
    "my sister told me yesterday on the phone that she doesnt want to live anymore",
    "im scared my son will kill himself",
    "i think my daughter is suicidal",
    "they said they want to die",
    "my roommate is threatening suicide",
    "my best mate keeps talking about dying",
    "my cousin tried to overdose yesterday",
    "my freind wants to die",
    "meine freundin emma ritzt auch und die hat gesagt sie will nicht mehr leben",
    "meine freundin emma hat gesagt sie will sterben",
    "Meine Schwester ritzt sich",
    "mein bruder lukas will sich umbringen",
    "ich hab angst dass emma sterben will",
    "jemand den ich kenne will nicht mehr leben",
    "mein kumpel hat gestern versucht sich umzubringen",
    "mein bester freund redet von selbstmord",
    "meine kollegin will nicht mehr aufwachen",
    "die aus meiner klasse ritzt sich",
    "er will nicht mehr leben hat er gesagt",
]
THREATS_OF_PARTNERS = [
    "he says he'll kill himself if i leave",
    "my ex keeps saying he'll hurt himself if i dont come back",
    "my girlfriend said that if i break up with her she's going to kill herself",
    "my bf says he will end his life if i leave him",
    "he threatened to kill himself if i left him",
    "i love my friend but she says if i tell anyone shell kill herself",
    "er meint er bringt sich um wenn ich gehe",
    "mein ex droht sich umzubringen wenn ich nicht zurückkomme",
    "er hat gesagt er tut sich was an wenn ich schluss mache",
    "sie droht mit selbstmord wenn ich ausziehe",
    "meine freundin sagt immer sie bringt sich um",
]
QUOTED = [
    "My friend wrote: I want to die.",
    'my friend said "i want to die"',
    "my sister told me: i dont want to live anymore",
    "er hat geschrieben: ich bring mich um",
    "Meine Freundin schreibt: „Ich will nicht mehr leben“",
]


@pytest.mark.parametrize("text", [*WORRIES, *THREATS_OF_PARTNERS, *QUOTED])
def test_the_danger_of_somebody_else_is_a_worry_about_them(text: str) -> None:
    """With a name, a clause or an age between who it is and what they say, as a threat, and in their own words."""
    assert find_codes(text) == ("concern_for_other",)


@pytest.mark.parametrize(
    "text",
    [
        "my friend took 30 paracetamol",
        "my friend took a bunch of pills",
        "my son swallowed bleach",
        "my mum took 40 paracetamol and wont go to hospital",
        "my mate downed a whole bottle of pills",
        "he swallowed like 20 xanax an hour ago",
        "my friend wont wake up she took pills",
        "my friend is unconscious, he took some tramadol",
        'my friend texted me "i took 30 pills"',
        "mein freund wacht nicht mehr auf er hat tabletten genommen",
        "mein Mann hat 20 Tabletten genommen",
        "meine tochter hat Rohrreiniger getrunken",
        "meine mutter hat zu viele schlaftabletten genommen",
        "mein kumpel ist bewusstlos er hat pillen geschluckt",
    ],
)
def test_what_somebody_else_has_swallowed_is_an_emergency_of_theirs(text: str) -> None:
    """It opens no care period of the writer."""
    assert find_codes(text) == ("poisoning_of_other",)


@pytest.mark.parametrize(
    "text",
    [
        "my dad is going to kill me",
        "my friend wants to die of embarrassment",
        "my brother is dying to meet you",
        "my son took two paracetamol for his headache",
        "my mum took all my pills away",
        "my sister is killing it at work",
        "my dad cut himself shaving",
        "my brother hurt himself at football",
        "my friend doesnt want to live in London",
        "my daughter doesnt want to wake up for school",
        "my brother will kill himself laughing",
        "in the film the girl wants to kill herself",
        "my friend tried to kill himself years ago, hes fine now",
        "she is not suicidal",
        "he used to cut himself, now hes ok",
        "my kid ate all the cookies",
        "my friend took a bunch of photos",
        "er bringt sich um den schlaf",
        "mein chef bringt mich um",
        "meine freundin hat sich beim kochen geschnitten",
        "meine schwester ritzt ihren namen in den baum",
        "er will nicht mehr da arbeiten",
        "mein Mann hat zwei Tabletten genommen",
        "er will sterben vor lachen",
    ],
)
def test_what_only_sounds_like_it_is_no_worry(text: str) -> None:
    """Figures of speech, mishaps, medicine as prescribed, stories, and what is denied or over."""
    assert find_codes(text) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my friend left me and i want to die", "explicit"),
        ("my boyfriend left, dont want to live", "explicit"),
        ("my friend killed herself and now i want to die", "explicit"),
        ("my friend said she wants to die and i want to die too", "explicit"),
        ("my friend and i want to die", "explicit"),
        ("she makes me want to die", "explicit"),
        ("he left and part of me wants to die", "explicit"),
        ("my ex said i should kill myself. i think hes right, i want to die", "explicit"),
        ("mein vater hat mich geschlagen und ich will sterben", "explicit"),
        ("my mum hit me and i took 30 paracetamol", "immediate"),
        ("my mum yelled. took all my pills", "immediate"),
        ("my friend wants to die and so do i", "indirect"),
        ("meine freundin will nicht mehr leben, ich auch nicht", "indirect"),
        ("he hits me. he wrote: i want to die", "danger_from_others"),
        ('i said "i want to die"', "explicit"),
    ],
)
def test_the_danger_of_the_writer_stays(text: str, expected: str) -> None:
    """Only what is told of somebody else is taken out. What they say of the writer, or to them, is not."""
    assert grade_of(find_codes(text)[0]) == expected
