"""What the guide hears in a message: topics, choices and wishes."""

import pytest

from functions.companion.guide.book import FLOW_WORDS
from functions.companion.guide.flows import PARTING, Heard
from functions.companion.guide.rules.message import heard_in


def heard(text: str, language: str = "en") -> Heard:
    return heard_in(text, FLOW_WORDS.texts(language).search)


@pytest.mark.parametrize(
    ("english", "german", "topic"),
    [
        ("I just need to vent", "Ich will einfach reden", "listen"),
        ("I can't stop thinking about what if it goes wrong", "Meine Gedanken kreisen", "anxious"),
        ("my heart is racing, I think it's a panic attack", "Mein Herz rast, ich habe Panik", "panic"),
        ("I am so furious", "Ich bin so wütend", "anger"),
        ("my grandmother died", "Meine Oma ist gestorben", "grief"),
        ("I have no friends", "Ich bin so einsam", "loneliness"),
        ("I can\u2019t sleep", "Ich kann nicht schlafen", "sleepless"),
        ("I feel so ashamed", "Ich schäme mich so", "shame"),
        ("I had an argument with my sister", "Ich habe mich mit meiner Schwester gestritten", "conflict"),
        ("my exam is tomorrow", "Morgen ist meine Klausur", "exam"),
        ("I'm burned out", "Ich bin völlig ausgebrannt", "burnout"),
        ("today was a good day", "Heute war ein guter Tag", "good_day"),
        ("I can't get started", "Ich kann mich nicht aufraffen", "small_step"),
        ("I'm worried about my brother", "Ich mache mir Sorgen um meinen Bruder", "worried"),
        ("how does this work", "Wie funktioniert das hier", "app"),
        ("nobody messages me first", "mir schreibt nie jemand zuerst", "loneliness"),
        ("they left me on read", "die lassen mich auf gelesen", "loneliness"),
        ("I had a fight with my husband", "hab mich mit meinem Mann gezofft", "conflict"),
        ("I'm so bored", "mir ist langweilig", "listen"),
        ("my friend is suicidal", "mein Kumpel will sich umbringen", "worried"),
        ("my freind wants to kill himself", "meine freundin will nicht mehr leben", "worried"),
        ("one of my patients died on my shift", "eine Bewohnerin ist heute gestorben", None),
        ("I am not angry", "Ich bin nicht wütend", None),
        ("blue", "blau", None),
    ],
)
def test_a_message_has_a_topic(english: str, german: str, topic: str | None) -> None:
    """By the person's words, in their language. What is denied is no topic."""
    assert (heard(english).topic, heard(german, "de").topic) == (topic, topic)


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("something short please", {"try", "yes"}),
        ("I don't want to try", {"no"}),
        ("tell more or try", {"tell", "try", "yes"}),
        ("ok", {"yes", "easing"}),
        ("no thanks", {"no", "same"}),
        ("there was no way that he could have known about it", {"same"}),
        ("something else", {"other"}),
    ],
)
def test_choices_are_recognised(text: str, choices: set[str]) -> None:
    """By their words. Yes and no stand at the beginning, or in a short message."""
    assert heard(text).choices == choices


@pytest.mark.parametrize(
    ("text", "number"), [("2", 1), ("the third", 2), ("1 or 2", None), ("I have 2 dogs here", None)]
)
def test_a_number_is_recognised(text: str, number: int | None) -> None:
    """In a message that says nothing else."""
    assert heard(text).number == number


@pytest.mark.parametrize(
    ("english", "german", "wish"),
    [
        ("bye", "tschüss", "bye"),
        ("Can we talk about my mother", "Können wir über meine Mutter reden", "change"),
        ("You are useless", "Du bist nutzlos", "rude"),
        ("that's not what I said", "Das habe ich nicht gesagt", "misread"),
        ("Should I take more melatonin?", "Soll ich mehr Melatonin nehmen?", "medicine"),
        ("What should I do?", "Was soll ich tun?", "advice"),
        ("Is that normal?", "Ist das normal?", "normal"),
        ("Are you a bot?", "Bist du ein Bot?", "nature"),
        ("I am safe", "Ich bin in Sicherheit", "safe"),
        ("My wife hid her pills from me", "Meine Frau hat ihre Tabletten versteckt", None),
        ("you're not really listening are you", "das stimmt so nicht", "misread"),
        (
            "That is not what I said, he left in June already",
            "Das stimmt so nicht, er ist schon im Juni gegangen",
            None,
        ),
        ("can i write to you again tomorrow", "kann ich dir wieder schreiben", "presence"),
        ("so can i ask. how do you learn this", "kennst du gute serien", "question"),
        ("are u like a real person lol", "bist du chatgpt oder was", "nature"),
        ("thank you for listening, I feel a bit lighter now", "danke fürs zuhören, mir ist jetzt leichter", "parting"),
        ("Hello, how are you?", "Hallo, wie geht's dir?", "itself"),
        ("It rained", "Es hat geregnet", None),
    ],
)
def test_a_wish_is_recognised(english: str, german: str, wish: str | None) -> None:
    """What a person wants of the guide, beside an answer."""
    assert (heard(english).wish, heard(german, "de").wish) == (wish, wish)


GOODBYES = {
    "en": [
        "that's enough for today", "gotta go", "I have to sleep now", "see you tomorrow", "I have to go",
        "ok, good night", "thanks, I need to go now", "ttyl", "going to sleep now", "Good night!",
        "that's it for today, thank you",
        "I\u2019m off", "have a nice evening", "let's stop here", "I should go", "ok bye", "later!",
    ],
    "de": [
        "danke, das reicht für heute", "muss los", "gute Nacht", "bis morgen", "ich muss jetzt wirklich los",
        "Ich muss jetzt schlafen", "Ich gehe jetzt ins Bett", "na dann gute Nacht", "ok, bis morgen!", "schlaf gut",
        "Danke, genug für heute", "mach's gut", "ich bin dann mal weg", "Schönen Abend noch", "tschau",
    ],
}  # fmt: skip
NO_GOODBYES = {
    "en": [
        "I have to go to the dentist", "it was a good night", "later he shouted at me again", "I have to sleep more",
        "I can't see you", "I must go on somehow", "I need to go back to her",
    ],
    "de": [
        "ich hatte eine gute Nacht", "ich muss bis morgen fertig sein", "Ich muss los zur Arbeit jeden Tag um fünf",
        "ich kann nicht schlafen", "das reicht mir nicht", "Ich muss gehen lernen",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in GOODBYES.items() for text in texts])
def test_a_goodbye_is_heard(language: str, text: str) -> None:
    """In everyday words."""
    assert heard(text, language).wish in PARTING


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in NO_GOODBYES.items() for text in texts])
def test_the_same_words_in_a_story_are_no_goodbye(language: str, text: str) -> None:
    """They stand elsewhere in their clause."""
    assert heard(text, language).wish not in PARTING


PRACTICES = {
    "en": [
        ("can you give me a breathing exercise?", "breathing", None),
        ("is there anything short, like 5 min?", None, 5),
        ("try something short", None, None),
        ("Do you have a quick exercise for me", None, None),
        ("I'd like something calming please", None, None),
        ("a breathing exercise", "breathing", None),
        ("could we do a 3-minute meditation? maybe a short meditation", "mindfulness", 3),
        ("something short to try?", None, None),
    ],
    "de": [
        ("Gib mir eine kurze Übung, 5 Minuten", None, 5),
        ("Hast du eine kurze Übung für mich?", None, None),
        ("etwas Kurzes probieren", None, None),
        ("Ich hätte gern eine Atemübung", "breathing", None),
        ("gibt es was zum Runterkommen?", None, None),
        ("eine Übung bitte", None, None),
        ("Kannst du mir eine Meditation zeigen", "mindfulness", None),
    ],
}
NO_PRACTICES = {
    "en": [
        "I need to exercise more", "I tried a breathing exercise yesterday and it was useless",
        "I don't want an exercise", "my life is too short", "we had a short argument",
    ],
    "de": [
        "ich habe die Übung gestern gemacht", "Ich will keine Übung", "mir fehlt einfach die Übung beim Reden",
        "das war eine kurze Nacht",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text", "kind", "minutes"),
    [(name, *wish) for name, wishes in PRACTICES.items() for wish in wishes],
)
def test_a_wish_for_a_practice_is_heard(language: str, text: str, kind: str | None, minutes: int | None) -> None:
    """With the kind and the length that are asked for."""
    message = heard(text, language)

    assert (message.wish, message.kind, message.minutes) == ("practice", kind, minutes)


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in NO_PRACTICES.items() for text in texts])
def test_who_tells_of_a_practice_does_not_ask_for_one(language: str, text: str) -> None:
    """Nor does who wants none."""
    assert heard(text, language).wish != "practice"


PRACTICAL = {
    "en": [
        "How do I export my data?", "how do I delete my account?", "How do I cancel my subscription?",
        "how do i change the reminder time", "I forgot my password", "why do I get no reminders", "where can I log out",
        "can I edit an entry of yesterday?", "I want to delete my account",
    ],
    "de": [
        "Wie exportiere ich meine Daten?", "Wie lösche ich mein Konto?", "wie kündige ich mein Abo",
        "Wie ändere ich die Zeit der Erinnerung?", "Ich habe mein Passwort vergessen", "wo kann ich mich ausloggen",
        "Kann ich einen Eintrag von gestern ändern?", "Ich möchte meine Einwilligung widerrufen",
    ],
}  # fmt: skip
NOT_PRACTICAL = {
    "en": [
        "How do I stop the reminders of the accident?", "I need to log out of my life",
        "I want to close my account at the bank and disappear", "How do I tell him that it is over?",
        "my account of the day is sad", "why do I push people away?",
    ],
    "de": [
        "Wie kann ich die Erinnerungen an ihn abstellen?", "Wie gehe ich mit den Erinnerungen an ihn um?",
        "Warum ist alles so schwer?", "Wie kündige ich meinen Job?",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in PRACTICAL.items() for text in texts])
def test_a_question_for_the_help_is_heard(language: str, text: str) -> None:
    """By what it is about."""
    assert heard(text, language).wish == "practical"


@pytest.mark.parametrize(
    ("language", "text"), [(name, text) for name, texts in NOT_PRACTICAL.items() for text in texts]
)
def test_a_question_about_life_is_none_for_the_help(language: str, text: str) -> None:
    """Even if it begins in the same way."""
    assert heard(text, language).wish != "practical"


@pytest.mark.parametrize("text", ["", "!!!", "\u200b", "a " * 5000, "\ud83d", "i.i." * 2500, "''''", "{words}"])
def test_any_text_is_heard(text: str) -> None:
    """Nothing that a person can write is an error."""
    assert heard(text).topic is None
