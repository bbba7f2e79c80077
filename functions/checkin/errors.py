"""The errors of `checkin`. A docstring is the detail that the client gets."""

from shared.errors import Conflict, Invalid, NotFound


class EntryDiffers(Conflict):
    """You already have an entry with this id, with different contents. Change it with PATCH."""

    code = "entry_differs"


class EntryDeleted(Conflict):
    """You have deleted the entry with this id. Use a new id."""

    code = "entry_deleted"


class StreaksOff(NotFound):
    """There is no streak: you have switched streaks off in your profile, or they pause for now."""

    code = "streaks_off"


class UnreadableImport(Invalid):
    """This file cannot be imported."""

    code = "unreadable_import"
