"""What can go wrong when images and excerpts are taken in, kept and shown. No HTTP status here."""


class ViewerError(Exception):
    """Base of everything this room raises on purpose."""


class BodyInvalid(ViewerError):
    """A JSON body breaks a rule at `pointer` (RFC 6901); `slug` names the rule."""

    def __init__(self, pointer: str, slug: str, detail: str) -> None:
        super().__init__(f"{pointer}: {detail}")
        self.pointer = pointer
        self.slug = slug
        self.detail = detail


class ViewInvalid(BodyInvalid):
    """The shown view is not one that can be drawn."""


class MarkInvalid(BodyInvalid):
    """A mark has wrong points, text or place."""


class MarkUnknown(ViewerError):
    """No mark of this id is on the open case."""

    def __init__(self, mark_id: str) -> None:
        super().__init__(mark_id)
        self.mark_id = mark_id


class TooManyMarks(ViewerError):
    """The case already carries as many marks, or key images, as can be shown."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"at most {limit}")
        self.limit = limit
