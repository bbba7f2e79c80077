"""What `recommend` can refuse."""

from shared.errors import Conflict, Invalid


class InteractionDiffers(Conflict):
    """An interaction with this id is recorded with other contents. What was recorded is never changed."""

    code = "interaction_differs"


class NothingToOffer(Invalid):
    """An item needs a body or a url: something to do, or somewhere to go."""

    code = "nothing_to_offer"


class NoMoodYet(Conflict):
    """There is no check-in to go by yet. Check in, or name a mood."""

    code = "no_mood_yet"
