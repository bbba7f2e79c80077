"""The errors of `recommend`."""

from shared.errors import Conflict, Invalid


class InteractionDiffers(Conflict):
    """An interaction with this id is already recorded with other values. Recorded interactions cannot be changed."""

    code = "interaction_differs"


class BodyOrUrlRequired(Invalid):
    """An item needs a body or a url."""

    code = "body_or_url_required"
