"""What pydicom and the decoders let through when they meet damaged bytes.

None of them promises one class of error for bad input; this list was found by feeding them every
sample file with bytes changed and cut (tests/unit/viewer/test_hostile_files.py).
"""

import struct
import zlib
from typing import Final

from pydicom.errors import BytesLengthException, InvalidDicomError

DAMAGE: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BytesLengthException,
    EOFError,
    InvalidDicomError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
