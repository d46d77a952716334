"""Log lines as JSON: phrase, level, logger, time. No names, no tokens, no patient words.

An error is told by its class and where it arose, never by its own words: they may quote what a
person typed, a database its parameters, a parser a header.
"""

import json
import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record; what is known of an error goes into `error`."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = list(_told(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False)


def _told(error: BaseException | None) -> Iterator[str]:
    """Class and places, the innermost last; then the same of what it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield type(error).__qualname__
        for place in traceback.extract_tb(error.__traceback__):
            yield f"{place.filename}:{place.lineno} {place.name}"
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions:
                yield from _told(each)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def configure(level: str = "INFO") -> None:
    """Log to standard error; libraries that print addresses or SDP are kept to warnings."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("aioice", "aiortc", "httpx", "httpcore", "uvicorn", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
