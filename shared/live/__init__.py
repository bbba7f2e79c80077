"""What the app listens to: its person's streak, inbox, feed and plan for today, as small documents that expire.

Never the only copy: whoever writes a document computes it from the record. The last write therefore wins, whatever
the order in which its events came.
"""

from shared.live.firestore import FirestoreLive
from shared.live.port import LiveDocuments, LiveUnavailable
from shared.live.postgres import PostgresLive

__all__ = ["FirestoreLive", "LiveDocuments", "LiveUnavailable", "PostgresLive"]
