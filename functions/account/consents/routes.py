"""The routes of consents."""

from starlette.responses import Response

from functions.account.consents import queries
from functions.account.consents.models import Consent, ConsentDecision, Consents
from functions.account.consents.queries import StoredConsent
from functions.account.consents.texts import CONSENT_TEXTS, PURPOSES, versions
from functions.account.errors import ConsentTextChanged, ServiceNeeded, UnknownPurpose
from functions.account.profiles import load_profile
from shared import locks
from shared.ages import age_of_consent
from shared.consents import Purpose
from shared.events import emit
from shared.events.types import consent_changed
from shared.http import Call, JsonBody, Operation, model_response


async def list_consents(call: Call) -> Response:
    """List what you may agree to, and what you have decided."""
    profile, stored = await load_profile(call), await queries.load_consents(call.conn)
    language = CONSENT_TEXTS.code(profile.locale, call.headers.get("accept-language"))
    consents = [_consent(stored[purpose], language) for purpose in PURPOSES]
    return model_response(Consents(consents=consents, age_of_consent=age_of_consent(profile.country)))


async def decide_on_consent(call: Call[ConsentDecision]) -> Response:
    """Give or withdraw your consent to a purpose. It takes effect with your next request."""
    purpose: Purpose | None = next((each for each in PURPOSES if each == call.path["purpose"]), None)
    if purpose is None:
        raise UnknownPurpose
    decision, version = call.body, versions()[purpose]
    if decision.granted and decision.version != version:
        raise ConsentTextChanged(version)
    if purpose == "service" and not decision.granted:
        raise ServiceNeeded
    locks.lock(call.conn, "consents", call.person.id)  # waits for handlers of events that go by the former decision
    profile = await load_profile(call)
    before = (await queries.load_consents(call.conn))[purpose]
    if (before.decision, before.version) != (decision.granted, version):
        queries.insert_decision(call.conn, purpose, granted=decision.granted, version=version, now=call.now)
        emit(call.conn, [consent_changed(call.person.id, call.now, purpose=purpose)])
        before = StoredConsent(purpose, decision.granted, decision.granted, version, call.now)
    language = CONSENT_TEXTS.code(profile.locale, call.headers.get("accept-language"))
    return model_response(_consent(before, language))


def _consent(stored: StoredConsent, language: str) -> Consent:
    purpose = stored.purpose
    text, version = CONSENT_TEXTS.texts(language).of(purpose), versions()[purpose]
    return Consent(
        purpose=purpose,
        title=text.title,
        text=text.text,
        version=version,
        required=purpose == "service",
        granted=stored.granted,
        needed=stored.is_needed,
        decided_version=stored.version,
        decided_at=stored.decided_at,
    )


OPERATIONS = (
    Operation("GET", "/consents", list_consents, {200: Consents}),
    Operation("PUT", "/consents/{purpose:str}", decide_on_consent, {200: Consent}, body=JsonBody(ConsentDecision)),
)
