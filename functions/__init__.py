"""The functions. Each folder is a capability, which is deployed on its own."""

import gc

# A start creates 80,000 objects that stay: to look for garbage among them takes a tenth of it (docs/decisions.md).
gc.set_threshold(50_000)
