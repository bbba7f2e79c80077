"""Which pages may call the local stack: those of this machine, of its network, and of CORS_ORIGINS."""

from collections.abc import Collection

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from shared.http.headers import EXPOSED

PRIVATE_HOST = (
    r"localhost|[\w-]+\.local|\[::1\]|127(\.\d+){3}|10(\.\d+){3}|192\.168(\.\d+){2}|172\.(1[6-9]|2\d|3[01])(\.\d+){2}"
)
PRIVATE_ORIGIN = rf"(https?|capacitor|ionic)://({PRIVATE_HOST})(:\d+)?"


def with_cors(app: ASGIApp, origins: Collection[str]) -> ASGIApp:
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_origin_regex=PRIVATE_ORIGIN,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["*"],
        expose_headers=[EXPOSED, "X-Supabase-Api-Version"],
        max_age=86400,
    )
