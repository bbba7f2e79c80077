"""What a check-in can be refused for."""

from shared.errors import Conflict, Invalid, NotFound


class EntryDiffers(Conflict):
    """An entry with this id is recorded with other contents. Change it with PATCH."""

    code = "entry_differs"


class EntryDeleted(Conflict):
    """The entry with this id was deleted."""

    code = "entry_deleted"


class StreaksOff(NotFound):
    """Streaks are switched off in the profile."""

    code = "streaks_off"


class UnreadableImport(Invalid):
    """This file cannot be imported."""

    code = "unreadable_import"
