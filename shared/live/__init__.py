"""Live documents: small documents that the app listens to, such as the streak, and that expire.

None is the only copy: a document is built from the record, so that late and repeated events give the same result.
`shared/live/refresh.py` decides when one is written.
"""

from shared.live.firestore import FirestoreLive
from shared.live.port import LiveDocuments, LiveUnavailable, StoredDocument
from shared.live.postgres import PostgresLive

__all__ = ["FirestoreLive", "LiveDocuments", "LiveUnavailable", "PostgresLive", "StoredDocument"]
