"""Accent-insensitive search keys for Vietnamese names and texts."""

import unicodedata

_FOLD_D = str.maketrans("đĐ", "dD")


def search_key(text: str) -> str:
    """Fold case, diacritics and spaces: "Nguyễn Thị Đào" and "nguyen thi dao" get the same key.

    đ is replaced first, because NFD does not decompose it. Old and new tone placement
    (hòa, hoà) fall together since every mark is dropped.
    """
    folded = unicodedata.normalize("NFD", text.translate(_FOLD_D).casefold())
    bare = "".join(c for c in folded if not unicodedata.combining(c)).translate(_FOLD_D)
    return " ".join(unicodedata.normalize("NFC", bare).split())


def matches(query: str, text: str) -> bool:
    """True when every word of the query occurs in the text, accents and case aside."""
    key = search_key(text)
    return all(word in key for word in search_key(query).split())


def name_sort_key(full_name: str) -> tuple[str, str]:
    """Sort people as Vietnamese do: by the last word, then by the whole name."""
    key = search_key(full_name)
    return (key.rpartition(" ")[2], key)
