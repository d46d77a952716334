"""QIDO-RS (PS3.18 10.6): read a query, match it, page it. Pure; works on DICOM JSON."""

import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword

from viewer.errors import QueryInvalid
from viewer.person_text import accentless_key

Json = dict[str, Any]

LIMIT_MAX: Final = 5000
_MATCHES_MAX: Final = 40
_VALUE_MAX_CHARACTERS: Final = 4000
_HEX_TAG: Final = re.compile(r"[0-9A-Fa-f]{8}")
_RANGE_VRS: Final = frozenset({"DA", "TM", "DT"})
_ALWAYS: Final = frozenset({"00080005", "00080056", "00081190"})


@dataclass(frozen=True, slots=True)
class Query:
    """What to match by tag, what to give beyond the usual, and which page."""

    matches: tuple[tuple[str, str], ...] = ()
    includes: frozenset[str] = frozenset()
    include_all: bool = False
    limit: int = LIMIT_MAX
    offset: int = 0

    def value(self, tag: str) -> str | None:
        """What a tag is to be matched with, None if anything goes."""
        return dict(self.matches).get(tag)


def parse_query(parameters: Iterable[tuple[str, str]]) -> Query:
    """Read the parameters of a search. Raises QueryInvalid naming the parameter."""
    matches: dict[str, str] = {}
    includes: set[str] = set()
    numbers = {"limit": LIMIT_MAX, "offset": 0}
    for name, value in parameters:
        if name in numbers:
            numbers[name] = _count(name, value)
        elif name == "includefield":
            includes.update(part.strip() for part in value.split(",") if part.strip())
        elif name == "fuzzymatching":
            if value.lower() not in ("true", "false"):
                raise QueryInvalid(name)
        else:
            if len(matches) >= _MATCHES_MAX or len(value) > _VALUE_MAX_CHARACTERS:
                raise QueryInvalid(name[:64])
            matches[tag_of(name)] = value
    include_all = "all" in includes
    return Query(
        matches=tuple(matches.items()),
        includes=frozenset(tag_of(name) for name in includes - {"all"}),
        include_all=include_all,
        limit=min(numbers["limit"], LIMIT_MAX),
        offset=numbers["offset"],
    )


def tag_of(name: str) -> str:
    """A keyword or eight hexadecimal digits as a tag; of a path the last part is not matched on."""
    first = name.split(".")[0]
    if _HEX_TAG.fullmatch(first):
        return first.upper()
    tag = tag_for_keyword(first)
    if tag is None:
        raise QueryInvalid(name[:64])
    return f"{tag:08X}"


def _count(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise QueryInvalid(name)
    return int(value)


def matches(entry: Json, query: Query, known: frozenset[str]) -> bool:
    """Whether an entry fits; tags outside `known` are of another level and do not narrow."""
    return all(
        _fits(entry.get(tag, {}), tag, wanted) for tag, wanted in query.matches if tag in known
    )


def _fits(attribute: Json, tag: str, wanted: str) -> bool:
    if wanted in ("", "*", '""'):
        return True
    vr = str(attribute.get("vr") or _vr(tag))
    values = [_text(value) for value in attribute.get("Value") or []]
    if vr == "UI":
        return bool(set(values) & {part.strip() for part in re.split(r"[,\\]", wanted)})
    if vr in _RANGE_VRS and "-" in wanted:
        return any(_in_range(value, wanted) for value in values)
    if vr == "PN":
        return any(_like(accentless_key(value), _name_pattern(wanted)) for value in values)
    parts = wanted.split("\\") if tag == "00080061" else [wanted]
    return any(_like(value, part) for value in values for part in parts)


def _name_pattern(wanted: str) -> str:
    # Names arrive with and without accents and carets: compare what is left of them.
    starred = re.sub(r"([*?])", r" \1 ", wanted)
    pattern = accentless_key(starred)
    return re.sub(r" ?([*?]) ?", r"\1", pattern)


def _like(value: str, pattern: str) -> bool:
    if "*" not in pattern and "?" not in pattern:
        return value == pattern
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def _in_range(value: str, wanted: str) -> bool:
    first, _, last = wanted.partition("-")
    # A bound of fewer digits covers everything that begins like it.
    return (not first or value[: len(first)] >= first) and (not last or value[: len(last)] <= last)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("Alphabetic", ""))
    return str(value)


def _vr(tag: str) -> str:
    try:
        return dictionary_VR(int(tag, 16))
    except KeyError:
        return "LO"


def page(entries: Sequence[Json], query: Query) -> tuple[list[Json], bool]:
    """The asked page, and whether more follow."""
    end = query.offset + query.limit
    return list(entries[query.offset : end]), len(entries) > end


def chosen(entry: Json, query: Query, usual: frozenset[str]) -> Json:
    """The attributes an answer carries: the usual ones, the matched and the asked for."""
    if query.include_all:
        return entry
    wanted = usual | query.includes | {tag for tag, _ in query.matches} | _ALWAYS
    return {tag: value for tag, value in entry.items() if tag in wanted}


def attribute(tag: str, *values: Any, vr: str | None = None) -> Json:
    """One attribute in DICOM JSON; without values, or with empty ones, it is empty."""
    vr = vr or _vr(tag)
    kept = [value for value in values if value not in ("", None)]
    if vr == "PN":
        kept = [{"Alphabetic": value} for value in kept]
    return {tag: {"vr": vr, "Value": kept} if kept else {"vr": vr}}


def keyword(tag: str) -> str:
    """The keyword of a tag, for messages."""
    return keyword_for_tag(int(tag, 16))
