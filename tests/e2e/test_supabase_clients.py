"""Apps that are written against Supabase, with its own packages, and only `SUPABASE_URL` leads to `mend run`."""

import json
import os
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from supabase import ClientOptions, create_client

from infra.registry import ROOT
from shared.files.local import LocalFileStore
from shared.files.port import UPLOAD_FOR, path_of
from shared.ids import new_id
from shared.settings import Settings
from tests.e2e.test_stack import SAD, Stack, stack
from tests.sample_files import PNG

__all__ = ["stack"]  # a fixture

TOOLS = ROOT / "tests/tools"


def url_of(stack: Stack) -> str:
    return str(stack.client.base_url).rstrip("/")


@pytest.fixture
def upload(stack: Stack) -> tuple[str, str]:
    """Path and token of an upload, as the API signs them."""
    path = path_of(uuid4(), new_id())
    store = LocalFileStore(Settings(mend_home=stack.home, public_url=url_of(stack)))
    url = store.signed_url("PUT", "avatars", path, UPLOAD_FOR)
    return path, parse_qs(urlsplit(url).query)["token"][0]


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def stored(stack: Stack, path: str) -> bytes:
    return Path(stack.home / "files/avatars" / path).read_bytes()


def code(stack: Stack, address: str) -> str:
    mail = next(mail for mail in stack.state()["mails"] if mail["address"] == address)
    [digits] = re.findall(r"code is (\d{6})", mail["text"])
    return str(digits)


def test_an_app_with_supabase_js_runs_unchanged(stack: Stack, upload: tuple[str, str]) -> None:
    """It signs up, checks in, refreshes, links an address, asks for a new password, uploads, erases and signs out."""
    path, token = upload
    environ = {
        "PATH": os.environ["PATH"],  # noqa: TID251 - where node is
        "SUPABASE_URL": url_of(stack),
        "UPLOAD_PATH": path,
        "UPLOAD_TOKEN": token,
        "UPLOAD_BODY": b64encode(PNG).decode(),
    }

    app = subprocess.run(
        ["node", "supabase_app.mjs"], cwd=TOOLS, env=environ, capture_output=True, text=True, check=False
    )

    assert app.returncode == 0, app.stderr
    seen = json.loads(app.stdout)
    assert (seen["unconfirmed"], seen["early"]) == (None, "email_not_confirmed")
    assert (seen["checkIn"], seen["subject"], seen["rotated"]) == (201, True, True)
    assert seen["linked"] == [True, True, False]
    assert (seen["again"], seen["recovery"], seen["next"]) == ([[], None], "recovery", "consent")
    assert (seen["erasing"], seen["late"]) == (202, "invalid_credentials")
    assert seen["uploaded"] == f"avatars/{path}"
    assert stored(stack, path) == b"image/png\n" + PNG
    assert seen["unsigned"].startswith("The API signs the URLs")
    assert seen["table"].startswith("Tables are not served here")
    assert seen["invoked"] == "Functions are not below /functions/v1: call /checkin with fetch and the access token."
    assert (seen["stillIn"], seen["ended"]) == ("js@example.com", "refresh_token_not_found")


def test_an_app_with_supabase_py_runs_unchanged(stack: Stack, upload: tuple[str, str], http: httpx.Client) -> None:
    """It signs up by a code, checks in, refreshes and uploads."""
    path, token = upload
    app = create_client(url_of(stack), "local", ClientOptions(httpx_client=http, auto_refresh_token=False))

    app.auth.sign_in_with_otp({"email": "py@example.com"})
    verified = app.auth.verify_otp({"email": "py@example.com", "token": code(stack, "py@example.com"), "type": "email"})
    refreshed = app.auth.refresh_session()
    uploaded = app.storage.from_("avatars").upload_to_signed_url(path, token, PNG, {"content-type": "image/png"})

    assert verified.session
    assert refreshed.session
    headers = {"Authorization": f"Bearer {refreshed.session.access_token}"}
    assert stack.client.post("/checkin", json=SAD, headers=headers).status_code == 201
    assert uploaded.full_path == f"avatars/{path}"
    assert stored(stack, path) == b"image/png\n" + PNG
    assert app.auth.get_claims() is not None
