"""A Stripe for one machine: customers, checkout, portal and subscriptions, with its errors and signed events.

It answers as the API of the pinned version does, and keeps everything in memory. Its pages take no payment: buttons say
what a payment would do.
"""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import httpx
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from shared.clock import utc_now
from shared.ids import new_id
from shared.stripe import VERSION

MONTH = 30 * 24 * 3600
ENDED = {"canceled", "incomplete_expired"}
PAGE = """<!doctype html><meta charset="utf-8"><title>Local Stripe</title><h1>{title}</h1>
<form method="post">{buttons}</form>"""
BUTTON = '<button name="does" value="{does}">{label}</button> '

Object = dict[str, Any]
Work = Callable[[Request, Mapping[str, str]], Awaitable[Object]]
Deliver = Callable[[bytes, str], Awaitable[None]]  # an event, and its signature


class StripeRefusal(Exception):
    """The request is refused, with this body."""

    def __init__(self, status: int, code: str, param: str = "") -> None:
        super().__init__(code)
        kind = "invalid_request_error"
        self.response = JSONResponse({"error": {"type": kind, "code": code, "param": param, "message": code}}, status)


class Answered(NamedTuple):
    """What a request with an idempotency key was answered."""

    fields: Mapping[str, str]
    answer: Object


def signature(secret: str, body: bytes, at: int) -> str:
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, "sha256").hexdigest()
    return f"t={at},v1={digest}"


@dataclass
class LocalStripe:
    """The state of the server. `deliver` gets each event; without it, events are only kept."""

    url: str = ""
    secret: str = "whsec_local"  # noqa: S105 - of this machine alone
    deliver: Deliver | None = None
    customers: dict[str, Object] = field(default_factory=dict)
    sessions: dict[str, Object] = field(default_factory=dict)
    subscriptions: dict[str, Object] = field(default_factory=dict)
    answered: dict[str, Answered] = field(default_factory=dict)
    events: list[bytes] = field(default_factory=list)

    def router(self) -> Router:
        api = {
            ("POST", "/v1/customers"): self._create_customer,
            ("DELETE", "/v1/customers/{id}"): self._delete_customer,
            ("POST", "/v1/checkout/sessions"): self._create_session,
            ("GET", "/v1/checkout/sessions"): self._list_sessions,
            ("POST", "/v1/checkout/sessions/{id}/expire"): self._expire_session,
            ("POST", "/v1/billing_portal/sessions"): self._create_portal,
            ("GET", "/v1/subscriptions"): self._list_subscriptions,
        }
        return Router(
            [
                *(Route(path, self._endpoint(work), methods=[method]) for (method, path), work in api.items()),
                Route("/pay/{id}", self._checkout_page, methods=["GET", "POST"]),
                Route("/portal/{id}", self._portal_page, methods=["GET", "POST"]),
            ]
        )

    async def subscribe(self, customer: str, status: str = "active") -> Object:
        begins = int(utc_now().timestamp())
        subscription: Object = {
            "id": _id("sub"),
            "object": "subscription",
            "customer": customer,
            "status": status,
            "cancel_at": None,
            "cancel_at_period_end": False,
            "items": {
                "object": "list",
                "data": [
                    {"id": _id("si"), "current_period_start": begins, "current_period_end": begins + MONTH},
                ],
            },
        }
        self.subscriptions[subscription["id"]] = subscription
        await self._tell("customer.subscription.created", subscription)
        return subscription

    async def change(self, subscription: Object, **fields: object) -> None:
        """Change some fields, and tell of it."""
        subscription.update(fields)
        ended = subscription["status"] in ENDED
        await self._tell(f"customer.subscription.{'deleted' if ended else 'updated'}", subscription)

    async def renew(self, subscription: Object, *, paid: bool) -> None:
        """Begin the next period. An unpaid one begins as well."""
        item = subscription["items"]["data"][0]
        begins = item["current_period_end"]
        item.update(current_period_start=begins, current_period_end=begins + MONTH)
        await self.change(subscription, status="active" if paid else "past_due")

    async def _tell(self, kind: str, subject: Object) -> None:
        event = {"id": _id("evt"), "object": "event", "api_version": VERSION, "type": kind, "data": {"object": subject}}
        body = json.dumps(event).encode()
        self.events.append(body)
        if self.deliver:
            await self.deliver(body, signature(self.secret, body, int(utc_now().timestamp())))

    def _endpoint(self, work: Work) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return JSONResponse(await self._once(request, work))
            except StripeRefusal as refusal:
                return refusal.response

        return endpoint

    async def _once(
        self,
        request: Request,
        work: Work,
    ) -> Object:
        if not request.headers.get("authorization", "").startswith("Bearer sk_"):
            raise StripeRefusal(401, "api_key_invalid")
        fields = dict(parse_qsl((await request.body()).decode()))
        key = request.headers.get("idempotency-key", "")
        if key in self.answered:
            if self.answered[key].fields != fields:
                raise StripeRefusal(400, "idempotency_error")
            return self.answered[key].answer
        answer = await work(request, fields)
        if key:
            self.answered[key] = Answered(fields, answer)
        return answer

    async def _create_customer(self, _: Request, fields: Mapping[str, str]) -> Object:
        customer = {"id": _id("cus"), "object": "customer", **fields}
        self.customers[customer["id"]] = customer
        return customer

    async def _delete_customer(self, request: Request, _: Mapping[str, str]) -> Object:
        """Its subscriptions end at once."""
        id_ = self._customer(request.path_params["id"], 404)
        for subscription in self._subscriptions_of(id_):
            await self.change(subscription, status="canceled")
        del self.customers[id_]
        return {"id": id_, "object": "customer", "deleted": True}

    async def _create_session(self, _: Request, fields: Mapping[str, str]) -> Object:
        self._customer(fields.get("customer", ""))
        for name in ("mode", "success_url", "line_items[0][price]"):
            if not fields.get(name):
                raise StripeRefusal(400, "parameter_missing", name)
        id_ = _id("cs")
        session = {"id": id_, "object": "checkout.session", "status": "open", "url": f"{self.url}/pay/{id_}", **fields}
        self.sessions[id_] = session
        return session

    async def _list_sessions(self, request: Request, _: Mapping[str, str]) -> Object:
        """The newest first, as Stripe does."""
        wanted = {name: request.query_params[name] for name in ("customer", "status")}
        sessions = [each for each in reversed([*self.sessions.values()]) if wanted.items() <= each.items()]
        return {"object": "list", "has_more": False, "data": sessions}

    async def _expire_session(self, request: Request, _: Mapping[str, str]) -> Object:
        session = self.sessions.get(request.path_params["id"])
        if session is None:
            raise StripeRefusal(404, "resource_missing", "session")
        if session["status"] != "open":
            raise StripeRefusal(400, "", "session")
        session["status"] = "expired"
        return session

    async def _create_portal(self, _: Request, fields: Mapping[str, str]) -> Object:
        customer = self._customer(fields.get("customer", ""))
        return {"id": _id("bps"), "object": "billing_portal.session", "url": f"{self.url}/portal/{customer}"}

    async def _list_subscriptions(self, request: Request, _: Mapping[str, str]) -> Object:
        customer = self._customer(request.query_params.get("customer", ""))
        return {"object": "list", "has_more": False, "data": self._subscriptions_of(customer)}

    def _subscriptions_of(self, customer: str) -> list[Object]:
        """Those that have not ended."""
        return [
            subscription
            for subscription in list(self.subscriptions.values())
            if subscription["customer"] == customer and subscription["status"] not in ENDED
        ]

    def _customer(self, id_: str, status: int = 400) -> str:
        if id_ not in self.customers:
            raise StripeRefusal(status, "resource_missing", "customer")
        return id_

    async def _checkout_page(self, request: Request) -> Response:
        session = self.sessions.get(request.path_params["id"])
        if session is None:
            raise HTTPException(404)
        if session["status"] != "open":
            return HTMLResponse("This checkout has expired, or is paid.", 410)
        if request.method == "GET":
            return _page("Buy premium?", {"pay": "Pay"})
        session["status"] = "complete"
        await self.subscribe(session["customer"])
        return RedirectResponse(session["success_url"], 303)

    async def _portal_page(self, request: Request) -> Response:
        found = self._subscriptions_of(request.path_params["id"])
        if not found:
            raise HTTPException(404)
        if request.method == "GET":
            return _page("Your subscription", {"cancel": "Cancel", "fail": "Let a payment fail", "renew": "Pay"})
        does = dict(parse_qsl((await request.body()).decode())).get("does")
        if does == "cancel":
            end = found[0]["items"]["data"][0]["current_period_end"]
            await self.change(found[0], cancel_at=end, cancel_at_period_end=True)
        else:
            await self.renew(found[0], paid=does == "renew")
        return RedirectResponse(request.url.path, 303)


async def deliver_to(premium: ASGIApp, body: bytes, signed: str) -> None:
    """Send an event to the function, as Stripe sends it to a webhook."""
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signed}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(premium), base_url="http://premium") as client:
        await client.post("/stripe", content=body, headers=headers)


def _id(prefix: str) -> str:
    return f"{prefix}_{new_id().hex}"


def _page(title: str, buttons: Mapping[str, str]) -> Response:
    shown = "".join(BUTTON.format(does=escape(does), label=escape(label)) for does, label in buttons.items())
    return HTMLResponse(PAGE.format(title=escape(title), buttons=shown))
