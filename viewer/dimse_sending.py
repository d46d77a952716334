"""Send stored files over an association as they are: pynetdicom would encode each of them anew."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext, build_context

# PS3.8 9.3.2.2: context ids are the odd numbers of one byte.
CONTEXTS_MAX: Final = 128
FILES_MAX: Final = 65_535  # sub-operations are counted in 16 bits (PS3.7 9.3.4)
_PLAIN: Final = (str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian))


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A stored instance that can be sent."""

    path: Path
    study_id: UUID
    sop_class_uid: str
    sop_uid: str
    transfer_syntax_uid: str


Converter = Callable[[StoredFile, str], AbstractContextManager[Path]]


class Outgoing(Dataset):
    """Stands for a stored file where pynetdicom wants a dataset."""

    def __init__(self, file: StoredFile) -> None:
        super().__init__()
        self.SOPClassUID = file.sop_class_uid
        self.SOPInstanceUID = file.sop_uid
        self.stored = file


class SendingEntity(AE):
    """An application entity whose associations send stored files unchanged."""

    converter: Converter

    def associate(self, *args: Any, **kwargs: Any) -> Association:
        """Open an association, as pynetdicom does."""
        line = super().associate(*args, **kwargs)
        send_files_of(line, self.converter)
        return line


def send_files_of(line: Association, converter: Converter) -> None:
    """From now on, `line.send_c_store` takes an Outgoing for the file it stands for."""
    plain = line.send_c_store

    def send(dataset: Any, *args: Any, **kwargs: Any) -> Dataset:
        if not isinstance(dataset, Outgoing):
            return plain(dataset, *args, **kwargs)
        syntax = agreed_syntax(line.accepted_contexts, dataset.stored)
        if syntax == dataset.stored.transfer_syntax_uid:
            return plain(dataset.stored.path, *args, **kwargs)
        with converter(dataset.stored, syntax) as path:
            return plain(path, *args, **kwargs)

    line.send_c_store = send  # type: ignore[method-assign]


def agreed_syntax(accepted: Sequence[PresentationContext], file: StoredFile) -> str:
    """As stored if the peer takes that, else uncompressed. Raises ValueError for neither."""
    taken = {
        str(context.transfer_syntax[0])
        for context in accepted
        if context.abstract_syntax == file.sop_class_uid and context.as_scu
    }
    for syntax in (file.transfer_syntax_uid, *_PLAIN):
        if syntax in taken:
            return syntax
    raise ValueError("no common transfer syntax")


def contexts_for(files: Iterable[StoredFile]) -> list[PresentationContext]:
    """What to propose for these files: each class as stored first, then uncompressed."""
    stored = dict.fromkeys((file.sop_class_uid, file.transfer_syntax_uid) for file in files)
    contexts = [build_context(*pair) for pair in stored]
    for sop_class in dict.fromkeys(pair[0] for pair in stored):
        contexts.append(build_context(sop_class, list(_PLAIN)))
    return contexts[:CONTEXTS_MAX]
