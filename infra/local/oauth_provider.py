"""A Spotify and a Google for one machine: the page where a person agrees, tokens by PKCE, and a player.

As at Spotify, a code and a refresh token can be used once; an error is one of RFC 6749. Everything is kept in memory.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from secrets import token_urlsafe
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route, Router

SECONDS = 3600
PAGE = """<!doctype html><meta charset="utf-8"><title>Connect</title><h1>Connect {client}?</h1>
<form method="post"><button name="does" value="agree">Agree</button> <button name="does" value="refuse">Refuse</button>
</form>"""


@dataclass
class LocalProvider:
    codes: dict[str, Mapping[str, str]] = field(default_factory=dict)  # by code, the parameters of its page
    access_tokens: set[str] = field(default_factory=set)
    refresh_tokens: set[str] = field(default_factory=set)
    revoked: list[str] = field(default_factory=list)
    played: list[bytes] = field(default_factory=list)
    player: int = 204  # what the player answers

    def router(self) -> Router:
        return Router(
            [
                Route("/authorize", self._page, methods=["GET", "POST"]),
                Route("/o/oauth2/v2/auth", self._page, methods=["GET", "POST"]),
                Route("/api/token", self._tokens, methods=["POST"]),
                Route("/token", self._tokens, methods=["POST"]),
                Route("/revoke", self._revoke, methods=["POST"]),
                Route("/v1/me/player/play", self._play, methods=["PUT"]),
            ]
        )

    async def _page(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if request.method == "GET":
            return HTMLResponse(PAGE.format(client=escape(asked.get("client_id", ""))))
        answer = {"state": asked["state"], "error": "access_denied"}
        if (await _fields(request)).get("does") == "agree":
            code = token_urlsafe(24)
            self.codes[code] = asked
            answer = {"state": asked["state"], "code": code}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 303)

    async def _tokens(self, request: Request) -> Response:
        fields = await _fields(request)
        if fields.get("grant_type") == "refresh_token":
            granted = fields.get("refresh_token") in self.refresh_tokens
            self.refresh_tokens.discard(fields.get("refresh_token", ""))
        else:
            granted = _proves(fields, self.codes.pop(fields.get("code", ""), {}))
        if not granted:
            return JSONResponse({"error": "invalid_grant", "error_description": "Invalid authorization code"}, 400)
        access, refresh = token_urlsafe(32), token_urlsafe(32)
        self.access_tokens.add(access)
        self.refresh_tokens.add(refresh)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": SECONDS, "refresh_token": refresh}
        return JSONResponse(answer)

    async def _revoke(self, request: Request) -> Response:
        self.revoked.append((await _fields(request))["token"])
        return JSONResponse({})

    async def _play(self, request: Request) -> Response:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.access_tokens:
            return JSONResponse({"error": {"status": 401, "message": "The access token expired"}}, 401)
        self.played.append(await request.body())
        return Response(status_code=self.player)


def _proves(fields: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    """Whether these fields belong to the page that the code is of (RFC 7636, 4.6)."""
    digest = sha256(fields.get("code_verifier", "").encode()).digest()
    return (
        asked.get("code_challenge_method") == "S256"
        and asked.get("code_challenge") == urlsafe_b64encode(digest).rstrip(b"=").decode()
        and asked.get("redirect_uri") == fields.get("redirect_uri")
        and asked.get("client_id") == fields.get("client_id")
    )


async def _fields(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))
