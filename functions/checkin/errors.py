"""The errors of `checkin`. A docstring is the detail that the client gets."""

from shared.errors import Conflict, NotFound, TooLarge, TooManyRequests


class EntryDiffers(Conflict):
    """You already have an entry with this id, with different contents. Change it with PATCH."""

    code = "entry_differs"


class EntryDeleted(Conflict):
    """You have deleted the entry with this id. Use a new id."""

    code = "entry_deleted"


class StreaksOff(NotFound):
    """There is no streak: you have switched streaks off in your profile, or they pause for now."""

    code = "streaks_off"


class DayFull(TooManyRequests):
    """You can make 200 entries a day, in UTC. You can send this one again tomorrow."""

    code = "day_full"


class DiaryFull(Conflict):
    """Your diary is full: you have made 100,000 entries. You can still read, change, delete and export them."""

    code = "diary_full"


class ImportsFull(Conflict):
    """You can import 100,000 entries in all, and with this file it would be more. Nothing of it was imported."""

    code = "imports_full"


class BatchTooLong(TooLarge):
    """The notes and factors of a batch are too long. Send it in parts."""

    code = "batch_too_long"
