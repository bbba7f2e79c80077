"""How a person wants to be notified."""

from functions.notify import queries, reminder_schedule
from functions.notify.models import Preferences
from shared import notifications
from shared.errors import Fault, Invalid, Sentence
from shared.http import Call

IN_QUIET_HOURS = Fault(("body", "check_in_times"), Sentence("must not lie within quiet_hours"))


async def replace(call: Call[Preferences]) -> Preferences:
    """Store the preferences and schedule the next reminders by them. Pending notifications are decided again.

    Raises `Invalid` if a check-in time lies within the quiet hours.
    """
    conn, person, preferences = call.conn, call.person.id, call.body
    if preferences.quiet_hours and any(map(preferences.quiet_hours.contains, preferences.check_in_times)):
        raise Invalid(faults=[IN_QUIET_HOURS])
    tz = (await queries.load_settings(conn, person)).tz
    queries.upsert_preferences(conn, person, preferences, call.now + reminder_schedule.INTERVAL)
    queries.delete_other_check_ins(conn, person, (f"{at:%H:%M}" for at in preferences.local_times))
    await reminder_schedule.move_pending(conn, person, tz)
    weekly = preferences.kinds.weekly_summary
    reminders = reminder_schedule.next_reminders(preferences.local_times, tz, call.now, weekly=weekly, after=call.now)
    notifications.schedule(conn, person, reminders, tz)
    return (await queries.load_settings(conn, person)).preferences  # with the kinds that an older app does not send
