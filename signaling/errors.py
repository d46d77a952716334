"""Every way the live meeting says no.

SignalingError
  TokenRefused        the join token is missing, forged, expired or unreadable
  GrantMissing        the token is true but does not allow this
  MalformedMessage    bytes from outside that break the protocol or its limits
  UnreadableRequest   the body of a RoomService call is neither protobuf nor JSON of its type
  RoomMissing         no such room
  ParticipantMissing  no such participant in the room
  TrackMissing        no such track in the room
  UnmuteRefused       nobody but its owner may unmute a track
  RoomServiceFailed   the media engine did not do what RoomService asked
  TapLost             a listener lost the room, trying again may help
  TapRefused          a media server does not accept the listener's token
"""


class SignalingError(Exception):
    """Base of all refusals of this room of the house."""


class TokenRefused(SignalingError):
    """The token proves nothing; `reason` says why without quoting it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class GrantMissing(SignalingError):
    """The token is true but lacks `grant`."""

    def __init__(self, grant: str) -> None:
        super().__init__(grant)
        self.grant = grant


class MalformedMessage(SignalingError):
    """Input from outside is not what the protocol allows; `what` names the part."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class UnreadableRequest(MalformedMessage):
    """A RoomService call whose body cannot be decoded."""


class RoomMissing(SignalingError):
    """The named room does not exist."""


class ParticipantMissing(SignalingError):
    """The named participant is not in the room."""


class TrackMissing(SignalingError):
    """The named track is not published."""


class UnmuteRefused(SignalingError):
    """A moderator asked to open somebody's microphone or camera."""


class TapLost(SignalingError):
    """The listener lost the room or could not reach it; trying again may help."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class TapRefused(SignalingError):
    """The media server does not accept the listener's token."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class RoomServiceFailed(SignalingError):
    """The media engine refused or could not be reached."""

    def __init__(self, method: str, why: str) -> None:
        super().__init__(f"{method}: {why}")
        self.method, self.why = method, why
