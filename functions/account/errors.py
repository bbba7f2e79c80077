"""Errors of `account`."""

from datetime import date

from shared.errors import Conflict, Invalid, NotFound, TooManyRequests, Unavailable


class TooManyHarmReports(TooManyRequests):
    """You have sent 20 reports within a day. They will be read. Please send the next one tomorrow."""

    code = "too_many_harm_reports"


class TooManyExports(TooManyRequests):
    """You have exported ten times within a day. Use one of those archives, or try again tomorrow."""

    code = "too_many_exports"


class ExportRunning(Conflict):
    """Another export of yours is running. Wait for its end."""

    code = "export_running"


class UnreadableArchive(Invalid):
    """This is not an archive of Mend."""

    code = "unreadable_archive"


class ForeignArchive(UnreadableArchive):
    """This archive was changed, or another installation of Mend wrote it."""

    code = "foreign_archive"


class NewerArchive(UnreadableArchive):
    """A newer version of Mend wrote this archive."""

    code = "newer_archive"


class AccountNotEmpty(Conflict):
    """An archive can only be imported into an account that has no check-ins, plans or other data yet."""

    code = "account_not_empty"


class SupportAccessNeeded(NotFound):
    """You have no open access to such a person. Open it first, with a reason: POST /account/support-access."""

    code = "support_access_needed"


class NoAvatar(NotFound):
    """You have no avatar."""

    code = "no_avatar"


class NoFirebase(NotFound):
    """This installation has no Firebase: the app gets live documents from Postgres, or at /live of the local stack."""

    code = "no_firebase"


class UnknownPurpose(NotFound):
    """There is no such purpose. GET /account/consents lists all."""

    code = "unknown_purpose"


class ConsentTextChanged(Conflict):
    """The text of this purpose has changed. Show the present one before you ask."""

    code = "consent_text_changed"

    def __init__(self, version: date) -> None:
        super().__init__(f"{self.__doc__} Its version is {version}.")


class ServiceNeeded(Conflict):
    """Mend cannot work without this consent. To withdraw it, delete your account: DELETE /account/."""

    code = "service_needed"


class GuardianNotAccepted(Conflict):
    """Nobody needs to be asked for you, or in your country and at your age an answer by mail does not count."""

    code = "guardian_not_accepted"


class OwnAddress(Invalid):
    """This is your own address. Give that of your parent or guardian."""

    code = "own_address"


class AddressRefused(Conflict):
    """We do not write to this address: whoever reads it does not want that."""

    code = "address_refused"


class TooManyGuardianMails(TooManyRequests):
    """Your parent or guardian was asked three times within a week. Talk with them, and ask again later."""

    code = "too_many_guardian_mails"


class NoSuchProvider(NotFound):
    """This service cannot be connected here. GET /account/connections lists those that can."""

    code = "no_such_provider"


class ConnectionExpired(Conflict):
    """You have not begun this connection, or not within the last ten minutes. Begin again."""

    code = "connection_expired"


class ConnectionRefused(Conflict):
    """You have not agreed on the page of the service, so nothing is connected."""

    code = "connection_refused"


class NotConnected(Conflict):
    """Connect the service first: POST /account/connections/{provider}."""

    code = "not_connected"


class ConnectionEnded(Conflict):
    """The service has ended the connection. Connect it again."""

    code = "connection_ended"


class BeingRefreshed(Unavailable):
    """Another request of yours is renewing the connection. Try again shortly."""

    code = "connection_busy"


class ProviderUnavailable(Unavailable):
    """The service did not answer. Try again shortly."""

    code = "provider_unavailable"


class NoPlayer(Conflict):
    """Spotify can play nothing for you now. Open Spotify on a device. It plays on request with Spotify Premium only."""

    code = "no_player"
