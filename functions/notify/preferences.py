"""How a person wants to be told; what is ahead follows at once."""

from functions.notify import queries, reminder_schedule
from functions.notify.models import Preferences
from shared import notifications
from shared.errors import Fault, Invalid
from shared.http import Call

IN_QUIET = Fault(("body", "check_in_times"), "must not lie within quiet_hours")


async def keep(call: Call[Preferences]) -> Preferences:
    conn, person, wanted = call.conn, call.person.id, call.body
    if wanted.quiet_hours and any(map(wanted.quiet_hours.holds, wanted.check_in_times)):
        raise Invalid(faults=[IN_QUIET])
    here = (await queries.settings(conn, person)).tz
    queries.keep(conn, person, wanted, call.now + reminder_schedule.EVERY)
    queries.unplan(conn, person, (f"{at:%H:%M}" for at in wanted.times))
    await reminder_schedule.plan_again(conn, person, here)
    weekly = wanted.kinds.weekly_summary
    ahead = reminder_schedule.ahead(wanted.times, here, call.now, weekly=weekly, after=call.now)
    notifications.schedule(conn, person, ahead, here)
    return wanted
