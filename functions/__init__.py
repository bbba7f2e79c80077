"""The functions. Each folder is a capability, which is deployed on its own."""

import gc
import os

# A start creates 80,000 objects that stay. Python looks for no garbage among them (docs/decisions.md): when the first
# request comes, `shared.services` has it look among newer ones alone.
gc.set_threshold(200_000)

# We have no plugins of pydantic. Otherwise it would look for some in every installed package.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # noqa: TID251 - no setting of ours
