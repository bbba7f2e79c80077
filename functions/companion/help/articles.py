"""The help articles: a folder of Markdown files for each language, with the same names.

A file has a title, a comment with words that people search for and the article does not have, and paragraphs. Each
paragraph can be quoted alone.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from shared.languages import FALLBACK
from shared.settings import Settings

FOLDER = Path(__file__).with_name("articles")
FORM = re.compile(r"# (?P<title>.+)\n\n<!-- search: (?P<words>.+) -->\n\n(?P<text>(?:.+\n)+(?:\n(?:.+\n)+)*)")


class Article(NamedTuple):
    name: str
    language: str
    title: str
    words: str
    passages: Sequence[str]

    @property
    def text(self) -> str:
        """The article in Markdown, without its title."""
        return "\n\n".join(self.passages)


@cache
def articles() -> Mapping[str, Mapping[str, Article]]:
    """The articles by language and name, in the order of their titles. Raises `ValueError` if one has another form."""
    return {
        folder.name: {article.name: article for article in sorted(map(_read, folder.glob("*.md")), key=_title)}
        for folder in sorted(FOLDER.iterdir())
        if folder.is_dir()
    }


def address(settings: Settings, article: Article) -> str:
    """The page of an article."""
    return f"{settings.public_url}/companion/help/{article.name}.html?language={article.language}"


def best_language(*preferences: str | None) -> str:
    """The first language that has articles, of locales such as `de-AT` or `Accept-Language` headers, or English."""
    locales = ",".join(filter(None, preferences)).replace("_", "-").lower().split(",")
    codes = (locale.partition(";")[0].partition("-")[0].strip() for locale in locales)
    return next((code for code in codes if code in articles()), FALLBACK)


def _read(path: Path) -> Article:
    form = FORM.fullmatch(path.read_text(encoding="utf-8"))
    if form is None:
        raise ValueError(f"{path.parent.name}/{path.name} has not the form of an article")
    passages = [" ".join(passage.split()) for passage in form["text"].split("\n\n")]
    return Article(path.stem, path.parent.name, form["title"], form["words"], passages)


def _title(article: Article) -> str:
    return article.title
