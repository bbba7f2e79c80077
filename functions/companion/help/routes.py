"""The routes of the help articles. They need no sign-in."""

from html import escape

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import HTMLResponse, Response

from functions.companion.help import search
from functions.companion.help.articles import Article, address, articles, best_language
from functions.companion.help.models import ArticleList, ArticleQuery, HelpArticle, HelpQuery, ListedArticle
from shared.errors import NotFound
from shared.http import PublicCall, PublicOperation, model_response

HTML = "text/html"
CACHING = "public, max-age=3600"
PAGE = """<!doctype html>
<html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<h1>{title}</h1>
{content}
</html>
"""


class _ArticleName(StringConvertor):
    regex = "[a-z]{2,20}(?:-[a-z]{2,20}){0,4}"


register_url_convertor("article", _ArticleName())


async def list_articles(call: PublicCall) -> Response:
    """The help articles about how Mend works. With `q`, the three at most that suit the words best."""
    language = _language(call)
    if call.query.q is None:
        items = [_listed(call, article) for article in articles()[language].values()]
        return _cached(model_response(ArticleList(language=language, items=items)))
    is_asked_for = call.query.language or call.headers.get("accept-language")

    async def find() -> list[search.Found]:
        async with call.services.database.service() as conn:
            return await search.find(conn, call.query.q, language if is_asked_for else None)

    found = await call.services.database.retry(find)
    items = [_listed(call, each.article, each.passage) for each in found]
    return model_response(ArticleList(language=found[0].article.language if found else language, items=items))


async def get_article(call: PublicCall) -> Response:
    """One help article."""
    article = _article(call)
    fields = article._asdict() | {"text": article.text, "url": address(call.services.settings, article)}
    return _cached(model_response(HelpArticle(**{name: fields[name] for name in HelpArticle.model_fields})))


async def read_article(call: PublicCall) -> Response:
    """One help article as a page, to which links in conversations lead."""
    article = _article(call)
    content = "\n".join(f"<p>{escape(passage)}</p>" for passage in article.passages)
    page = PAGE.format(language=article.language, title=escape(article.title), content=content)
    return _cached(HTMLResponse(page))


def _language(call: PublicCall) -> str:
    return best_language(call.query.language, call.headers.get("accept-language"))


def _article(call: PublicCall) -> Article:
    article = articles()[_language(call)].get(call.path["article"])
    if article is None:
        raise NotFound
    return article


def _listed(call: PublicCall, article: Article, passage: str | None = None) -> ListedArticle:
    url = address(call.services.settings, article)
    return ListedArticle(name=article.name, title=article.title, url=url, passage=passage)


def _cached(response: Response) -> Response:
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = CACHING
    return response


OPERATIONS = (
    PublicOperation("GET", "/help", list_articles, {200: ArticleList}, query=HelpQuery),
    PublicOperation("GET", "/help/{article:article}.html", read_article, {200: HTML}, query=ArticleQuery),
    PublicOperation("GET", "/help/{article:article}", get_article, {200: HelpArticle}, query=ArticleQuery),
)
