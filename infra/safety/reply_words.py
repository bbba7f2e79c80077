"""Lists the words by which the output gate tells a language: `python -m infra.safety.reply_words`.

It writes `shared/safety/replies/words.json`: the words of our English and German texts, and frequent words of other
languages in Latin letters, from what the simulated writers wrote and from a list for languages that they do not write.
"""

import json
from collections import Counter
from pathlib import Path

from infra.safety.lines import LANGUAGES, WRITERS, lines_of
from shared.safety.normalise import normalise
from shared.safety.replies.language import FILE
from shared.safety.replies.rulebook import FOLDER as PHRASES

ROOT = Path(__file__).parents[2]
NAMES = {"en": "english", "de": "german"}
CONTENT = {"en": "infra/content", "de": "infra/content/de"}
FREQUENT = 150  # words of another language
OTHERS = (  # Swedish, Danish, Norwegian, Finnish, Romanian, Czech, Hungarian, Indonesian, Vietnamese, Swahili, Filipino
    "och att det som inte jag har till av om sig vad nu kan mig din dig vill mycket finns bara ocksa hej og ikke jeg "
    "af sig ville ikke noget meg deg vil bare hva ja mina sina on ei se etta olen minun kun niin mutta voi ole tama "
    "hyvin sinun si nu este sunt ai mai sa te ma pentru cu ce care foarte esti asta dar je ale jsem jsi to ze se tak "
    "neni mas muzes uz az egy nem hogy van vagyok es te meg csak de kell yang dan tidak saya kamu ini itu dengan untuk "
    "ada bisa akan dari sudah jangan anda toi ban khong la co cua va nhung ang ng mga ako ikaw hindi ko mo na ni kwa "
    "wewe mimi sana kama lakini hola adios gracias bonjour salut merci ciao grazie obrigado oi tak hallo-ja merhaba"
)


def write() -> None:
    counts = {language: Counter[str]() for language in LANGUAGES}
    for line in lines_of(WRITERS):
        counts[line.language].update(_words(line.text))
    own = {language: _texts(language) | {word for word, count in counts[language].items() if count > 1}
           for language in ("en", "de")}  # fmt: skip
    others = {language: counter for language, counter in counts.items() if language not in own}
    known = {
        language: [
            word
            for word in sorted(words)
            if all(_rate(counter, word) <= 3 * max(_rate(counts[language], word), 1e-5) for counter in others.values())
        ]
        for language, words in own.items()
    }
    foreign = {word for counter in others.values() for word, _ in counter.most_common(FREQUENT)} | set(OTHERS.split())
    lists = {NAMES[language]: words for language, words in known.items()} | {
        "foreign": sorted(foreign - own["en"] - own["de"])
    }
    FILE.write_text(json.dumps({name: " ".join(words) for name, words in lists.items()}, indent=2) + "\n", "utf-8")


def _texts(language: str) -> set[str]:
    """The words of all texts that we have in a language."""
    folders = (ROOT / part for part in ("functions", "shared", "infra"))
    files = [path for folder in folders for path in folder.rglob(f"{language}.*") if path.suffix in {".json", ".txt"}]
    files += [PHRASES / f"{NAMES[language]}.json", *(ROOT / CONTENT[language]).glob("*.yaml")]
    return {word for path in files for word in _words(path.read_text("utf-8").replace("|", " "))}


def _words(text: str) -> set[str]:
    return {word for word in normalise(text).split() if word.isalpha()}


def _rate(counter: Counter[str], word: str) -> float:
    return counter[word] / max(counter.total(), 1)


if __name__ == "__main__":
    write()
