"""The sign-in of the local stack, and apps that use it by the real package `supabase`."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from supabase import AsyncClient, AsyncClientOptions

from infra.local.auth.routes import auth_routes
from shared.services import Services, use
from shared.settings import Settings
from tests.conftest import Clone

URL = "http://127.0.0.1:8080"
CODE = re.compile(r"code is (\d{6})")
LINK = re.compile(r"http://\S+")

AppFactory = Callable[[], Awaitable[AsyncClient]]


@pytest.fixture
async def services(settings: Settings, tmp_path: Path) -> AsyncIterator[Services]:
    services = Services(settings.model_copy(update={"mend_home": tmp_path}))
    use(services)
    yield services
    await services.database.close()


@pytest.fixture
async def http(services: Services, database: Clone) -> AsyncIterator[httpx.AsyncClient]:
    """Sends requests to the local sign-in."""
    app = Starlette(routes=auth_routes(services, database.dsn("postgres")))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        yield client


@pytest.fixture
def new_app(http: httpx.AsyncClient) -> AppFactory:
    """Makes an app on a device of its own."""

    async def make() -> AsyncClient:
        return await AsyncClient.create(URL, "local", AsyncClientOptions(httpx_client=http, auto_refresh_token=False))

    return make


@pytest.fixture
async def app(new_app: AppFactory) -> AsyncClient:
    return await new_app()


class Mailbox:
    """The mails on the page of the local stack."""

    def __init__(self, database: Clone) -> None:
        self._database = database

    def last(self, address: str) -> str:
        text: str = self._database.value(
            "SELECT text FROM local.mails WHERE address = %s ORDER BY id DESC LIMIT 1", address
        )
        return text

    def subject(self, address: str) -> str:
        subject: str = self._database.value(
            "SELECT subject FROM local.mails WHERE address = %s ORDER BY id DESC LIMIT 1", address
        )
        return subject

    def count(self, address: str) -> int:
        count: int = self._database.value("SELECT count(*) FROM local.mails WHERE address = %s", address)
        return count

    def code(self, address: str) -> str:
        [code] = CODE.findall(self.last(address))
        return str(code)

    def link(self, address: str) -> str:
        [link] = LINK.findall(self.last(address))
        return str(link)


@pytest.fixture
def mailbox(database: Clone) -> Mailbox:
    return Mailbox(database)


async def signed_up(app: AsyncClient, mailbox: Mailbox, email: str, password: str = "correct horse") -> Any:  # noqa: ANN401 - the package's type
    """The session of a new person, who has confirmed the address."""
    await app.auth.sign_up({"email": email, "password": password})
    verified = await app.auth.verify_otp({"email": email, "token": mailbox.code(email), "type": "signup"})
    return verified.session
