"""What other services hold: the sign-in at Supabase Auth, and installations at Firebase."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from functions.account.erasure import receipts
from functions.account.erasure.firebase_user import delete_firebase_user
from functions.account.erasure.installations import FirebaseUnavailable, delete_installations
from functions.account.erasure.sign_in import SignInNotDeleted, delete_sign_in
from infra.capabilities import capabilities
from shared.services import Services
from shared.settings import Settings
from tests.conftest import Clone, sign_up
from tests.integration.shared.files.storage_server import serving

KEY = "service-key-of-a-test"
INSTALLATION = "cIhKmPzLTe6Xn9a2bQwErT"
TOKEN = f"{INSTALLATION}:APA91bHun4MxP5egoKMwt2KZFBaFUH"


@dataclass
class Vendor:
    """Answers each request with these statuses in turn, the last one from then on, and a body."""

    statuses: list[int] = field(default_factory=lambda: [200])
    body: object = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    async def delete(self, request: Request) -> Response:
        assert request.headers["authorization"] == f"Bearer {KEY}"
        self.asked.append(request.url.path)
        self.sent.append(await request.body())
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return JSONResponse(self.body, status)


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def url(vendor: Vendor) -> Iterator[str]:
    with serving(Starlette(routes=[Route("/{path:path}", vendor.delete, methods=["DELETE", "POST"])])) as url:
        yield url


@pytest.fixture
def supabase(url: str) -> Services:
    return Services(Settings(supabase_url=url, supabase_service_key=SecretStr(KEY)))


@pytest.mark.parametrize("status", [200, 204, 404])
async def test_a_sign_in_is_deleted_by_the_admin_api(supabase: Services, vendor: Vendor, status: int) -> None:
    """An account that an earlier try has deleted is fine."""
    person, vendor.statuses = uuid4(), [status]

    await delete_sign_in(supabase, person)

    assert vendor.asked == [f"/auth/v1/admin/users/{person}"]


@pytest.mark.parametrize("status", [401, 403, 422, 501])
async def test_a_sign_in_that_is_not_deleted_is_tried_again(supabase: Services, vendor: Vendor, status: int) -> None:
    """Such as while Supabase still knows files of the person."""
    vendor.statuses = [status]

    with pytest.raises(SignInNotDeleted):
        await delete_sign_in(supabase, uuid4())


async def test_without_its_key_supabase_deletes_nothing(url: str) -> None:
    """The step fails, and is tried again once the key is there."""
    with pytest.raises(SignInNotDeleted):
        await delete_sign_in(Services(Settings(supabase_url=url)), uuid4())


async def test_on_one_machine_the_account_is_deleted_in_the_database(services: Services, database: Clone) -> None:
    """And nobody else's."""
    alice, bob = sign_up(database), sign_up(database)

    await delete_sign_in(services, alice)
    await delete_sign_in(services, alice)

    assert database.rows("SELECT id FROM auth.users") == [(bob,)]


async def test_an_installation_is_deleted_by_its_id(url: str, vendor: Vendor) -> None:
    """It is the part of the token before the colon."""
    vendor.statuses = [200, 404]

    assert await delete_installations("mend", [TOKEN, TOKEN], api=url, token=KEY)
    assert vendor.asked == [f"/v1/project/mend/instanceId/{INSTALLATION}"] * 2


@pytest.mark.parametrize("tokens", [["a-token-without-an-id"], [TOKEN, "a-token-without-an-id"]])
async def test_a_token_without_an_id_is_told(url: str, tokens: list[str]) -> None:
    """The receipt then says until when Firebase keeps what it has."""
    assert not await delete_installations("mend", tokens, api=url, token=KEY)


async def test_what_firebase_refuses_is_told(url: str, vendor: Vendor) -> None:
    """The installation is not one of this project."""
    vendor.statuses = [400]

    assert not await delete_installations("mend", [TOKEN], api=url, token=KEY)


@pytest.mark.parametrize("status", [401, 501])
async def test_an_installation_that_is_not_deleted_is_tried_again(url: str, vendor: Vendor, status: int) -> None:
    """Such as while our account lacks the right."""
    vendor.statuses = [status]

    with pytest.raises(FirebaseUnavailable):
        await delete_installations("mend", [TOKEN], api=url, token=KEY)


async def test_a_user_of_firebase_is_deleted_by_the_id_of_its_person(url: str, vendor: Vendor) -> None:
    """As `projects.accounts.delete` documents."""
    person = uuid4()

    await delete_firebase_user("mend", person, api=url, token=KEY)

    assert (vendor.asked, vendor.sent) == (
        ["/v1/projects/mend/accounts:delete"],
        [f'{{"localId":"{person}"}}'.encode()],
    )


@pytest.mark.parametrize("reason", ["USER_NOT_FOUND", "USER_NOT_FOUND : no such user", "CONFIGURATION_NOT_FOUND"])
async def test_who_never_signed_in_to_firebase_has_no_user_there(url: str, vendor: Vendor, reason: str) -> None:
    """Nor has anybody where Firebase Authentication was never begun."""
    vendor.statuses, vendor.body = [400], {"error": {"code": 400, "message": reason}}

    await delete_firebase_user("mend", uuid4(), api=url, token=KEY)

    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, {"error": {"message": "INVALID_ID"}}), (403, {"error": {}}), (401, []), (501, {})],
)
async def test_a_user_of_firebase_that_is_not_deleted_is_tried_again(
    url: str, vendor: Vendor, status: int, body: object
) -> None:
    """Such as while our account lacks the right."""
    vendor.statuses, vendor.body = [status], body

    with pytest.raises(FirebaseUnavailable):
        await delete_firebase_user("mend", uuid4(), api=url, token=KEY)


def test_every_vendor_that_holds_data_of_people_is_on_the_receipt() -> None:
    """The data map and `vendors.toml` name the same ones."""
    entries = [entry for declared in capabilities().values() for entry in declared.data]

    assert {entry.name for entry in entries if entry.store == "vendor" and entry.owner} == receipts.vendors().keys()


def test_every_table_that_outlives_an_account_is_taken_care_of() -> None:
    """It holds a pseudonym afterwards, or is the tombstone."""
    entries = [entry for declared in capabilities().values() for entry in declared.data]

    assert {entry.name for entry in entries if entry.outlives} == {*receipts.PSEUDONYMISED, "mend.erasures"}


def test_what_is_aggregated_is_on_the_data_map() -> None:
    """Under the same names, without an owner."""
    tables = {entry.name: entry for declared in capabilities().values() for entry in declared.data}

    assert [name for name in receipts.AGGREGATED if tables[name].owner] == []
