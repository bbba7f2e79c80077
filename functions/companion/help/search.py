"""Finds passages of help articles by full text."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from functions.companion.help import queries
from functions.companion.help.articles import Article, articles, best_language
from functions.companion.help.queries import Indexed
from shared.db import Connection
from shared.languages import FALLBACK

CONFIGS = {"de": "german", "en": "english"}  # what Postgres calls the rules of a language
MOST_HITS = 60  # passages, of which each article shows its best
MOST_FOUND = 3
LEAST_SCORE = 2.5  # below it, only words are met that many articles have
CLOSE = 0.5  # of the best score: what has less is left out
ALIKE = 0.9  # of the best score: what has more is as good


class Found(NamedTuple):
    article: Article
    passage: str
    score: float

    def in_language(self, locale: str) -> "Found":
        """The same passage in the language of a locale: articles have the same paragraphs in every language."""
        article = articles()[best_language(locale)][self.article.name]
        return self._replace(article=article, passage=article.passages[self.article.passages.index(self.passage)])


class _Passage(NamedTuple):
    article: Article
    passage: str


async def find(conn: Connection, words: str, language: str | None = None) -> list[Found]:
    """The passages that suit some words best, one of an article, in a language or in the one that suits them best.

    None if no article has to do with the words.
    """
    passages, indexed, total = _index(language)
    hits = await queries.find(conn, indexed, total, words, MOST_HITS)
    found = [Found(*passages[hit.number], hit.score) for hit in hits]
    if not found or found[0].score < LEAST_SCORE:
        return []
    first: dict[str, Found] = {}
    for each in found:
        if each.article.language == found[0].article.language and each.score >= CLOSE * found[0].score:
            first.setdefault(each.article.name, each)
    return list(first.values())[:MOST_FOUND]


async def find_preferring(conn: Connection, words: str, locale: str) -> list[Found]:
    """What is found in any language. Words that suit that of a locale as well are taken for its own ("Spotify")."""
    found, own = await find(conn, words), await find(conn, words, best_language(locale))
    return own if own and own[0].score >= ALIKE * found[0].score else found


@cache
def _index(language: str | None) -> tuple[Sequence[_Passage], Sequence[Indexed], int]:
    """The passages of a language, or of all, as they are searched, and the number of articles of a language."""
    passages = [
        _Passage(article, passage)
        for code, by_name in articles().items()
        for article in by_name.values()
        for passage in article.passages
        if language in {None, code}
    ]
    numbers = {name: number for number, name in enumerate(articles()[FALLBACK])}
    indexed = [
        Indexed(numbers[each.name], CONFIGS.get(each.language, "simple"), f"{each.title} {each.words}", passage)
        for each, passage in passages
    ]
    return passages, indexed, len(numbers)
