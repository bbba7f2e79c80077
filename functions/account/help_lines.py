"""Help lines for everybody who looks for them, without a word on why."""

from starlette.responses import Response

from functions.account import queries
from functions.account.models import HelpLines, HelpLinesQuery
from functions.account.options import known_countries
from functions.account.profiles import load_profile
from shared.http import Call, model_response
from shared.places import likely_country
from shared.safety import care_support


async def get_help_lines(call: Call[None, HelpLinesQuery]) -> Response:
    """Get the help lines and the emergency number of your country, or of the one you name.

    `country` of the answer tells whose they are: for two letters that are no country, those of your own.
    """
    profile = await load_profile(call)
    accept_language = call.headers.get("accept-language")
    likely = likely_country(profile.country, profile.locale, accept_language, profile.timezone)
    country = call.query.country if call.query.country in known_countries() else likely
    age_band = await queries.load_age_band(call.conn)
    support = care_support(country, profile.locale, age_band=age_band)
    return model_response(
        HelpLines(country=country, emergency_number=support.emergency_number, lines=list(support.lines))
    )
