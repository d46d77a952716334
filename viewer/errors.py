"""What can go wrong when images and excerpts are taken in, kept and shown. No HTTP status here."""

import uuid
from dataclasses import dataclass


class ViewerError(Exception):
    """Base of everything this room raises on purpose."""


@dataclass(eq=False)
class BodyInvalid(ViewerError):
    """A JSON body breaks a rule at `pointer` (RFC 6901); `slug` names the rule."""

    pointer: str
    slug: str
    detail: str


class ViewInvalid(BodyInvalid):
    """The shown view is not one that can be drawn."""


class MarkInvalid(BodyInvalid):
    """A mark has wrong points, text or place."""


class ExcerptInvalid(BodyInvalid):
    """A field of the record excerpt is not what it must be."""


class PeerInvalid(BodyInvalid):
    """A PACS peer is described in a way that cannot work."""


class PeerUnknown(ViewerError):
    """No such PACS peer, or none of this facility."""


class PeerTaken(ViewerError):
    """Another peer calls with this AE title from this host already."""


@dataclass(eq=False)
class PeerFailed(ViewerError):
    """The PACS could not be asked; `reason` is a slug, see docs/image-delivery.md PA-8."""

    reason: str


class GatewayUnknown(ViewerError):
    """No such gateway."""


class GatewayCodeWrong(ViewerError):
    """The code is not one that waits for a gateway: mistyped, used or too old."""


@dataclass(eq=False)
class ArchiveUnable(ViewerError):
    """The server cannot store now (`no-room`, `no-database`): the sender keeps its copy."""

    reason: str


class DigestWrong(ViewerError):
    """The bytes are not those that were announced: the object is sent again from its start."""


class PullUnknown(ViewerError):
    """No such fetching of a study."""


class PullRunning(ViewerError):
    """The study is being fetched already, or too many wait."""


@dataclass(eq=False)
class MarkUnknown(ViewerError):
    """No mark of this id is on the open case."""

    mark_id: str


@dataclass(eq=False)
class TooManyMarks(ViewerError):
    """The case already carries as many marks, or key images, as can be shown."""

    limit: int


@dataclass(eq=False)
class ExcerptOutdated(ViewerError):
    """Somebody saved the excerpt in between; `version` is the stored one."""

    version: int


@dataclass(eq=False)
class DocumentRefused(ViewerError):
    """The document is not one that can be shown; `reason` is a slug."""

    reason: str


class StudyUnknown(ViewerError):
    """No such study, series, instance or image frame is within reach."""


@dataclass(eq=False)
class ImagesNotReady(ViewerError):
    """The images are stored, but their delivery copy is not published (yet): see `state`."""

    state: str


class PixelsWithheld(ViewerError):
    """The picture may show the patient's name, which the asker may not see."""


class PixelsUnseen(ViewerError):
    """More pictures came than those that were looked at, so nothing was said of them."""


class UploadUnknown(ViewerError):
    """No such upload, or it has expired."""


@dataclass(eq=False)
class UploadOffsetConflict(ViewerError):
    """The client continues at another place than the bytes received so far (tus core)."""

    offset: int


@dataclass(eq=False)
class UploadTooLarge(ViewerError):
    """The announced or sent length passes the limit."""

    limit_bytes: int


@dataclass(eq=False)
class UploadHeaderInvalid(ViewerError):
    """A tus header is missing or malformed."""

    header: str


class UploadVersionUnsupported(ViewerError):
    """Tus-Resumable is missing or names another version than 1.0.0."""


class UploadTypeWrong(ViewerError):
    """The body of a PATCH is not application/offset+octet-stream."""


@dataclass(eq=False)
class QueryInvalid(ViewerError):
    """A QIDO-RS query parameter is malformed (PS3.18 10.6.1)."""

    name: str


@dataclass(eq=False)
class MultipartInvalid(ViewerError):
    """A multipart/related body is malformed (RFC 2387); `reason` is a slug."""

    reason: str


class NotAcceptable(ViewerError):
    """None of the accepted media types can be served from what is stored (PS3.18 8.7)."""


@dataclass(eq=False)
class RenderRefused(ViewerError):
    """The image frame cannot be rendered; `reason` is the slug kept with the image."""

    reason: str


@dataclass(eq=False)
class ConfirmationUnneeded(ViewerError):
    """The identity of this study agrees with the case, or is confirmed already."""

    study_id: uuid.UUID
