"""The functions. Each folder is a capability, which is deployed on its own."""

import gc

# A start creates a hundred thousand objects that stay: looking for garbage among them takes a tenth of it.
gc.set_threshold(50_000)
