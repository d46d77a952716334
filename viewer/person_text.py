"""Vietnamese text as it really arrives in DICOM: decoded tolerantly, NFC, the original kept.

No defined term of (0008,0005) stands for TCVN3, and labels are often missing or wrong (PS3.3
C.12.1.1.2). The order of trust: ASCII, valid UTF-8 whatever the label says, TCVN3 where every word
then is a Vietnamese syllable, and last the declared set.
"""

import re
import unicodedata
import warnings
from dataclasses import dataclass
from typing import Final

from pydicom.charset import convert_encodings, decode_bytes, python_encoding

_ESCAPE: Final = 0x1B
_DELIMITERS: Final = set(b"\n\r\t\f\\^=")
# Multi-byte sets in which bytes can look like UTF-8 by accident.
_TRUSTED_SETS: Final = frozenset({"ISO_IR 192", "GB18030", "GBK"})

_KNOWN_SETS: Final = frozenset(python_encoding)

_TCVN3: Final = dict(
    zip(
        bytes.fromhex(
            "a1a2a3a4a5a6a7a8a9aaabacadae"
            "b5b6b7b8b9bbbcbdbec6c7c8c9ca"
            "cbcccecfd0d1d2d3d4d5d6d7d8dc"
            "dddedfe1e2e3e4e5e6e7e8e9eaeb"
            "ecedeeeff1f2f3f4f5f6f7f8f9fa"
            "fbfcfdfe"
        ),
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
_TONES: Final = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_NUCLEI: Final = (
    "iêu|yêu|oai|oay|oao|oeo|uây|uôi|uya|uyê|uyu|ươi|ươu|uao|uai|uay|ai|ao|au|ay|âu|ây|eo|êu|ia|iê|"
    "iu|oa|oă|oe|oi|ôi|ơi|oo|ua|uă|uâ|ue|uê|ui|uô|uơ|uy|ưa|ưi|ươ|ưu|yê|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y"
)
_SYLLABLE: Final = re.compile(
    f"(ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnprstvx])?({_NUCLEI})(ch|ng|nh|[cmnpt])?"
)


@dataclass(frozen=True, slots=True)
class RepairedText:
    """Text in NFC, and how it was read: ascii, declared, utf8 or tcvn3 (a guess to confirm)."""

    text: str
    how: str


def repair(raw: bytes, declared: tuple[str, ...] = ()) -> RepairedText:
    """Read the bytes of one text value under the declared character sets."""
    raw = raw.rstrip(b" \x00")
    if max(raw, default=0) < 0x80 and _ESCAPE not in raw:
        return RepairedText(raw.decode("ascii"), "ascii")
    names = tuple(label for name in declared if (label := normalised_label(name)) in _KNOWN_SETS)
    if _ESCAPE not in raw and not _TRUSTED_SETS.intersection(names[:1]):
        guessed = _utf8(raw) or _tcvn3(raw)
        if guessed is not None:
            return guessed
    if names[:1] == ("ISO_IR 192",):
        return (
            _utf8(raw)
            or _tcvn3(raw)
            or RepairedText(_nfc(raw.decode("utf-8", "replace")), "declared")
        )
    return RepairedText(_nfc(_as_declared(raw, names)), "declared")


def normalised_label(name: str) -> str:
    """A defined term out of its usual misspellings (`ISO IR 192`, `iso-ir 192`, `UTF-8`)."""
    label = re.sub(r"[\s_-]+", " ", name.strip().upper())
    if label in ("UTF 8", "UTF8"):
        return "ISO_IR 192"
    return re.sub(r"^ISO IR (\d+)$", r"ISO_IR \1", label)


def fold_nfc(text: str) -> str:
    """NFC form, the only one compared, hashed or stored."""
    return _nfc(text)


def accentless_key(text: str) -> str:
    """A search key without accents; đ is replaced by hand, since NFD does not decompose it."""
    plain = text.replace("đ", "d").replace("Đ", "D")
    decomposed = unicodedata.normalize("NFD", plain)
    stripped = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.split(r"[\s^=.,]+", stripped.lower())).strip()


def spoken_name(person_name: str) -> str:
    """A PN value (PS3.5 6.2) in Vietnamese order: family, middle, given; the first group only."""
    family, given, middle, *_ = [*person_name.split("=")[0].split("^"), "", "", ""]
    return " ".join(" ".join((family, middle, given)).split())


def from_tcvn3(raw: bytes) -> str | None:
    """TCVN3 (ABC) bytes as text; None when a byte has no place in the table."""
    if any(byte >= 0x80 and byte not in _TCVN3 for byte in raw):
        return None
    text = "".join(_TCVN3.get(byte, chr(byte)) for byte in raw)
    return re.sub(r"[^\W\d_]+", lambda word: _raised(word.group()), text)


def _raised(word: str) -> str:
    # Capitals with tones have no code: all-capitals fonts reuse the lower-case bytes.
    plain = [letter for letter in word if letter.isascii()]
    return word.upper() if len(plain) >= 2 and all(map(str.isupper, plain)) else word


def to_tcvn3(text: str) -> bytes:
    """The reverse table, for tests and for writing to old systems; ValueError if unknown."""
    back = {letter: byte for byte, letter in _TCVN3.items()}
    codes = [back.get(letter, ord(letter)) for letter in _nfc(text)]
    return bytes(codes)


def _utf8(raw: bytes) -> RepairedText | None:
    try:
        return RepairedText(_nfc(raw.decode("utf-8")), "utf8")
    except UnicodeDecodeError:
        return None


def _tcvn3(raw: bytes) -> RepairedText | None:
    text = from_tcvn3(raw)
    if text is None:
        return None
    words = [word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()]
    if words and all(is_vietnamese_syllable(word) for word in words):
        return RepairedText(text, "tcvn3")
    return None


def is_vietnamese_syllable(word: str) -> bool:
    """Whether a word could be one Vietnamese syllable: onset, nucleus, coda, at most one tone."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    if len(_TONES.findall(decomposed)) > 1:
        return False
    return bool(_SYLLABLE.fullmatch(_nfc(_TONES.sub("", decomposed))))


def _as_declared(raw: bytes, names: tuple[str, ...]) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of undecodable bytes: they are replaced
            encodings = convert_encodings(list(names) or "ISO_IR 100")
            return decode_bytes(raw, encodings, _DELIMITERS)
    except (LookupError, UnicodeError):
        return raw.decode("latin-1")


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
