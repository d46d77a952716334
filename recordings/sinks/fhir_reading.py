"""Compares a FHIR resource read back with the one that was sent; pure."""

from collections.abc import Mapping
from typing import Any

Resource = dict[str, Any]

_SERVERS_OWN = frozenset({"id", "text"})


def with_references(value: Any, names: Mapping[str, str]) -> Any:
    """The same value with every `urn:uuid:` reference as the server writes it: `Type/id`."""
    if isinstance(value, dict):
        return {
            name: names.get(item, item)
            if name == "reference" and isinstance(item, str)
            else with_references(item, names)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [with_references(item, names) for item in value]
    return value


def difference(sent: Any, got: Any, path: str) -> str:
    """The first place where `got` lacks or changes what was sent, or ""; additions are allowed.

    A server may add elements and tags of its own, and moves attachment data as it likes: the bytes
    are compared by the caller.
    """
    if isinstance(sent, dict):
        return _members(sent, got, path)
    if isinstance(sent, list):
        return _items(sent, got, path)
    if isinstance(sent, str) and isinstance(got, str) and path.endswith(".reference"):
        return "" if got.endswith(sent) else path  # a server may write references absolute
    return "" if sent == got else path


def _members(sent: Resource, got: Any, path: str) -> str:
    if not isinstance(got, dict):
        return path
    top = not path
    for name, item in sent.items():
        if name == "data" or (top and name in _SERVERS_OWN):
            continue
        if found := difference(item, got.get(name), f"{path}.{name}"):
            return found
    return ""


def _items(sent: list[Any], got: Any, path: str) -> str:
    if not isinstance(got, list):
        return path
    if path == ".meta.tag":
        return "" if all(item in got for item in sent) else path
    if len(sent) != len(got):
        return path
    for number, (mine, theirs) in enumerate(zip(sent, got, strict=True)):
        if found := difference(mine, theirs, f"{path}[{number}]"):
            return found
    return ""
