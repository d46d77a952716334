"""Stored files as memory, as far as the disk's cache holds them: no copy, no wait on the loop."""

import ctypes
import mmap
import os
from typing import Final

import numpy as np

_MAPPED_MAX: Final = 1000
_libc: Final = ctypes.CDLL(None, use_errno=True)


class WarmFiles:
    """Maps files that are never changed once they are there; the ones mapped longest ago go."""

    def __init__(self) -> None:
        self._mapped: dict[str, tuple[memoryview, int]] = {}

    def view(self, path: str, offset: int, length: int) -> memoryview | None:
        """These bytes of a file; None where reading them would wait for the disk, or fails."""
        if not os.path.exists(path):  # removed: a map would outlive it
            self._mapped.pop(path, None)
            return None
        found = self._mapped.get(path) or self._map(path)
        if found is None or offset + length > len(found[0]):
            return None
        whole, address = found
        return whole[offset : offset + length] if _is_warm(address + offset, length) else None

    def _map(self, path: str) -> tuple[memoryview, int] | None:
        try:
            file = os.open(path, os.O_RDONLY)
        except OSError:
            return None
        try:
            mapped = mmap.mmap(file, 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # ValueError: an empty file
            return None
        finally:
            os.close(file)
        while len(self._mapped) >= _MAPPED_MAX:
            del self._mapped[next(iter(self._mapped))]
        found = memoryview(mapped), int(np.frombuffer(mapped, np.uint8).ctypes.data)
        self._mapped[path] = found
        return found


def _is_warm(address: int, length: int) -> bool:
    """Whether all pages of this memory are in the disk's cache (mincore(2))."""
    start = address - address % mmap.PAGESIZE
    pages = -(-(address + length - start) // mmap.PAGESIZE)
    state = (ctypes.c_ubyte * pages)()
    failed = _libc.mincore(ctypes.c_void_p(start), ctypes.c_size_t(address + length - start), state)
    return not failed and bytes(state).count(1) == pages
