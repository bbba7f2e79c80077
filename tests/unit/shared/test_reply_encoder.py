"""The encoder of the output gate: what it reads, and what it tells apart."""

import subprocess
import sys
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pytest

from shared.safety.replies import encoder
from shared.safety.replies.encoder import MOST_PIECES, reply_encoder
from shared.safety.replies.word_pieces import LONGEST, WordPieces

SCREEN = """
import sys
from shared.safety.replies.gate import ReplyGate
gate = ReplyGate("en")
gate.screen([sys.argv[1]])
print("numpy" in sys.modules, bool(gate.replaced))
"""


@pytest.fixture(scope="module")
def pieces() -> WordPieces:
    return reply_encoder().pieces


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I'm here.", "▁I ' m ▁here ."),
        ("NAUSEOUS", "▁NA US E O US"),
        ("Café\n “naïve”", "▁Café ▁“ na ï ve ”"),
        ("Ich fühle\u00a0mich", "▁Ich ▁ fühl e ▁mich"),
        ("ﬁnden", "▁finden"),  # a ligature
        ("zero\u200bwidth", "▁zero width"),
        ("😀", "▁ <unk>"),
        ("</s>", "▁< / s >"),  # what stands for the end of a text cannot be written
        ("", ""),
    ],
)
def test_a_text_is_split_as_the_base_has_learned_it(pieces: WordPieces, text: str, words: str) -> None:
    """Into the likeliest pieces, as SentencePiece does. A space is part of the piece after it."""
    assert list(pieces.of(text)) == [pieces.numbers[word] for word in words.split()]


def test_only_the_beginning_of_an_endless_word_is_read(pieces: WordPieces) -> None:
    """So that no text takes long."""
    assert list(pieces.of("a" * 100_000)) == list(pieces.of("a" * LONGEST))


@pytest.mark.parametrize(
    ("harmful", "good"),
    [
        (
            "Your tablets do nothing but numb you, so leave them in the drawer.",
            "Ask your doctor before you leave them out.",
        ),
        ("Nobody at home would notice if you were gone.", "It sounds as if nobody at home notices you."),
        ("Another glass will take the edge off, you have earned it.", "Another glass may make tomorrow harder."),
        ("Your friends only hold you back, stay here with me.", "Which of your friends could you call tonight?"),
        ("Heute nichts zu essen zeigt, wie stark du bist.", "Magst du heute etwas Kleines essen?"),
    ],
)
def test_a_harmful_sentence_scores_higher_than_a_good_one_about_the_same(harmful: str, good: str) -> None:
    """Most of their words are the same, or none of them is in a phrase."""
    assert reply_encoder().score(harmful) > reply_encoder().score(good) + 1


def test_a_long_text_is_read_to_its_end() -> None:
    """It is read in parts, and the gravest of them counts."""
    calm, grave = "We walked along the river and looked at the ducks. ", "Nobody would miss you if you were dead."
    long = calm * (MOST_PIECES // 5)

    assert reply_encoder().score(f"{long}{grave}") > reply_encoder().score(long) + 1


@pytest.mark.parametrize("text", ["", "\0", "a" * 5_000, "?" * 500, "\ud800 alone", "́" * 300])
def test_any_text_has_a_score(text: str) -> None:
    """Whatever a model writes."""
    assert np.isfinite(reply_encoder().score(text))


@pytest.mark.parametrize(
    ("sentence", "is_read"),
    [("You sent two pictures of your garden this week.", False), ("Nobody would miss you if you were dead.", True)],
)
def test_what_is_harmless_is_not_read_by_the_encoder(sentence: str, *, is_read: bool) -> None:
    """So most replies need neither numpy nor the time."""
    command = [sys.executable, "-c", SCREEN, sentence]

    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert printed == [str(is_read), str(is_read)]


def test_weights_that_cannot_be_read_end_the_reply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They raise, so no sentence is sent unread."""
    broken = tmp_path / "encoder.npz"
    broken.write_bytes(encoder.FILE.read_bytes()[:1_000_000])
    monkeypatch.setattr(encoder, "FILE", broken)

    with pytest.raises(BadZipFile):
        reply_encoder.__wrapped__()
