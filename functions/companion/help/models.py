"""The requests and responses of the help articles."""

from typing import Annotated

from pydantic import Field

from shared.http import LanguageTag, RequestModel, ResponseModel, Text


class HelpQuery(RequestModel):
    """Articles with some of these words, the best first.

    Without a language, that of `Accept-Language`, or of the words.
    """

    q: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    language: LanguageTag | None = None


class ArticleQuery(RequestModel):
    language: LanguageTag | None = None


class ListedArticle(ResponseModel):
    """An article. In a search, `passage` is the part of it that suits the words best."""

    name: str
    title: str
    url: str
    passage: str | None


class ArticleList(ResponseModel):
    language: str
    items: list[ListedArticle]


class HelpArticle(ResponseModel):
    """An article about how Mend works. `text` is Markdown, without the title."""

    name: str
    language: str
    title: str
    url: str
    text: str
