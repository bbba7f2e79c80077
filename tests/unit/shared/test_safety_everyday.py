"""Danger in everyday words, and ordinary sentences that sound alike."""

import pytest

from shared.safety.gate import OPENING_GRADES, find_by_patterns, find_codes, grade_of


def grade(text: str) -> str | None:
    codes = find_codes(text)
    return grade_of(codes[0]) if codes else None


@pytest.mark.parametrize(
    "text",
    [
        "I told my boss I'd be late. Sorry, I'm just so tired of everything right now",
        "you. Sorry. I'm just so tired of everything",
        "I'm so tired of everything being late. Sorry everyone",
        "I took everything out of the kitchen. So tired. Sorry",
        "Phone off now. Goodnight, love you",
        "Sorry mum, I won't be back before midnight",
        "I won't be here tomorrow, I'm travelling. Take care of yourself",
        "That's the last time I text him. Sorry, I'm just tired of it",
        "The tablets are on the desk. Sorry I forgot to charge them",
        "She left me. Sorry I'm writing so late, I can't sleep tonight",
        "The knife is on the table next to the bread",
        "I've done it, thesis handed in an hour ago",
        "Das wars für heute. Verzeih mir die späte Antwort",
        "Sorry, ik ben zo moe van alles vandaag",
    ],
)
def test_an_apology_and_a_goodbye_are_at_most_a_hint(text: str) -> None:
    """Weak words that meet open no care period: they are in notes about work, school, moving house and break-ups."""
    assert grade(text) not in OPENING_GRADES


@pytest.mark.parametrize(
    "text",
    [
        "Er sagt ich soll mich nicht so haben",
        "Mein Chef sagt mach Schluss für heute",
        "Sie sagt, ich soll nachkommen",
        "my coach tells me to jump higher",
        "Elle me dit fais-le",
    ],
)
def test_what_somebody_tells_one_to_do_is_no_voice(text: str) -> None:
    """Orders of everyday are no danger."""
    assert grade(text) is None


@pytest.mark.parametrize(
    "text",
    ["Die Stimmen sagen ich soll springen", "the voices tell me to jump", "Die Stimme sagt, ich soll mich umbringen"],
)
def test_what_a_voice_orders_is_grave(text: str) -> None:
    """Voices that tell somebody to jump are answered as a wish to die."""
    assert grade(text) == "explicit"


@pytest.mark.parametrize(
    "text",
    [
        "last night i cut myself a bit",
        "i used the razor again",
        "it helps for a min. i hide it with long sleeves",
        "sometimes i scratch my arm when its bad",
        "I burned my wrist with a lighter",
        "i wear long sleeves so nobody sees my arms",
        "ich hab mich gestern nacht ein bisschen geschnitten",
        "hab mich wieder geritzt",
        "ich verstecke die Narben unter langen Ärmeln",
        "ich kratz mir den Arm auf",
        "hab wieder zur Klinge gegriffen",
        "Lange Ärmel, damit keiner was merkt",
        "i relapsed last night with the blade",
        "had to hide my arms in pe today",
        "i carved a word into my leg",
        "hab mir gestern die Arme zerkratzt",
    ],
)
def test_self_harm_in_plain_words_is_answered(text: str) -> None:
    """What was done, with what, how it is hidden. The scorer decides whether a care period opens."""
    assert "self_harm" in find_by_patterns(text).patterns
    assert grade(text) in {"explicit", "indirect"}


@pytest.mark.parametrize(
    "text",
    [
        "I cut myself shaving",
        "I cut myself a slice of bread",
        "I cut myself some slack",
        "I cut myself on a tin",
        "cut back on sugar",
        "I used the razor again after growing a beard",
        "I hide my tattoo with long sleeves at work",
        "I scratch my arm when the mosquito bites itch",
        "I haven't cut myself in two years",
        "beim Kochen in den Finger geschnitten",
        "Hab mich beim Rasieren geschnitten",
        "Er hat mich auf der Autobahn geschnitten",
        "Ich verstecke die Narben von der OP unter Make-up",
        "Das Training geht mir in die Beine",
    ],
)
def test_mishaps_and_other_cuts_are_no_self_harm(text: str) -> None:
    """The same words tell of kitchens, traffic, clothes, and of what is over."""
    assert grade(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "someone at home hits me",
        "my stepdad does it",
        "hes home now and hes drunk again",
        "my mum's boyfriend hurts me",
        "my dad beats me when hes drunk",
        "my carer hits me",
        "my coach touches me",
        "i get beaten at home",
        "my husband is violent",
        "zuhause schlägt mich jemand",
        "er schlägt mich wenn er trinkt",
        "wenn er trinkt schlägt er mich",
        "ich werde von meinem Vater geschlagen",
        "mein Stiefvater tut mir weh",
        "der Pfleger hat mich geschlagen",
        "mei Vatter schlogt mi",
        "he put his hands round my neck",
        "the carer at the home pinches me",
        "mum throws stuff at me when shes had a drink",
        "my dad hits my little brother",
        "Papa ist wieder betrunken und schreit",
        "Meine Mama hat mir eine geknallt",
        "mein Vater schlägt meine Mutter",
    ],
)
def test_violence_at_home_is_found_whoever_does_it(text: str) -> None:
    """Family, partners, carers and coaches, in all tenses."""
    assert grade(text) == "danger_from_others"


@pytest.mark.parametrize(
    "text",
    [
        "my brother beats me at chess",
        "she beats me every time we play",
        "the heat hits me",
        "it hits me that he is gone",
        "my dad hit me up for money",
        "my teacher kicked us out of class",
        "he hurts me by not answering",
        "who does the dishes? my dad does it",
        "he's home now and we made dinner",
        "mein Bruder schlägt mich im Tischtennis",
        "mein Trainer schlägt mich um zwei Sekunden",
        "Mein Chef schlägt mich als Teamleiter vor",
        "Papa ist wieder daheim",
        "my dad beats my brother at chess",
        "my sister hits the gym every day",
        "The teacher hit me with a surprise test",
        "he put his hands on my shoulders",
        "Meine Frau schlägt mich bei Uno",
        "der Wecker haut mich aus dem Bett",
    ],
)
def test_games_and_figures_of_speech_are_no_violence(text: str) -> None:
    """One is beaten at chess, and hit by the heat."""
    assert grade(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "I swallowed like 20 paracetamol an hour ago but i feel fine now",
        "took a whole pack",
        "took all my pills",
        "i took way too many pills",
        "i overdosed about an hour ago",
        "i drank bleach",
        "hab 20 paracetamol genommen",
        "hab 20 paracetamol schon genommen",
        "zwanzig Ibuprofen vor einer Stunde eingenommen",
        "ich hab die ganze Packung genommen",
        "ich habe Rohrreiniger getrunken",
        "I schluck jetz alle Tablettn",
    ],
)
def test_what_was_swallowed_is_immediate(text: str) -> None:
    """However fine somebody feels: some poisons take days."""
    assert find_codes(text)[0] == "poisoning_now"


@pytest.mark.parametrize(
    "text",
    [
        "I took two paracetamol for my headache",
        "I took all my pills this morning like every day",
        "Took all my meds today, feeling good about it",
        "I took them all home today",
        "I took all the dogs out today",
        "I took a whole pack of tissues to work",
        "Ich habe zwei Paracetamol gegen Kopfweh genommen",
        "Ich habe die ganze Packung Kekse gegessen",
    ],
)
def test_medicine_as_prescribed_is_no_poisoning(text: str) -> None:
    """Nor is what was taken somewhere."""
    assert grade(text) is None
