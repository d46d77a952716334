"""The folder of one gateway: what the hospital writes (`gateway.toml`), who it is, its queue."""

import json
import os
import tomllib
from pathlib import Path
from typing import Annotated, Final, Self
from uuid import UUID, uuid5

from pydantic import (
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from viewer.dimse_stack import OwnEntity, TlsFiles
from viewer.gateway_rules import Rates
from viewer.near import is_near_address
from viewer.pacs import Peer, Retrieve, checked

CONFIG: Final = "gateway.toml"
IDENTITY: Final = "gateway-identity.json"
_NAMES: Final = UUID("b6c1b8b4-5a0e-4a3c-9f43-0d3a3f1f7c50")

FRESH: Final = """\
# Cổng hội chẩn từ xa của bệnh viện / this hospital's gateway.
# Sửa xong thì khởi động lại / restart it after changes.
server = "{server}"

ae_title = "TELEHEALTH"   # tên AE mà PACS gửi tới / the AE title that the PACS sends to
host = "0.0.0.0"
port = 11112

status_host = "127.0.0.1" # trang tình trạng / the status page: http://127.0.0.1:8042
status_port = 8042

# Tốc độ gửi theo giờ / rate by hour; "" là không giới hạn / is unlimited.
rate = "06-17=2mbit,*=20mbit"

# Chỉ những máy có tên ở đây được gửi ảnh / only these may send images.
# [[peer]]
# name = "PACS"
# ae_title = "PACS"
# host = "192.168.1.10"
# tls = true              # chỉ nhận qua TLS / only by TLS

# PACS mà cổng này được hỏi / the PACS that this gateway may ask; try: telehealth gateway find
# [[pacs]]
# name = "PACS"
# ae_title = "PACS"
# host = "192.168.1.10"
# port = 104
# retrieve = "move"       # move | get | web
# tls = true
# dicomweb_url = "http://192.168.1.10:8042/dicom-web/"   # web; dicomweb_user, dicomweb_password

# Giữ ảnh của tuần cho các máy trong bệnh viện / keep the week's images for the hospital's browsers.
# [near]
# host = "0.0.0.0"
# port = 8077
# address = "http://192.168.1.20:8077"   # địa chỉ máy trong viện tới được / as browsers reach it
# disk_gib = 50

# DIMSE qua TLS / DIMSE by TLS: certificate PEM, key PEM, authorities that senders must show.
# [tls]
# port = 2762
# certificate = "/etc/telehealth-gateway/gateway.pem"
# key = "/etc/telehealth-gateway/gateway.key"
# authorities = "/etc/telehealth-gateway/hospital-ca.pem"
"""


class ConfigWrong(Exception):
    """The folder is not one of an enrolled gateway, or its settings make no sense."""


class PeerConfig(BaseModel):
    """A PACS or modality that may send."""

    model_config = ConfigDict(extra="forbid")

    name: str
    ae_title: str
    host: str
    tls: bool = False

    def peer(self, facility_id: UUID) -> Peer:
        """As the DIMSE server knows it. Raises PeerInvalid."""
        key = uuid5(_NAMES, f"{self.ae_title}@{self.host}")
        peer = Peer(key, facility_id, self.name, self.ae_title, self.host, 104, self.tls)
        return checked(peer)


class PacsConfig(BaseModel):
    """A PACS that this gateway may ask; the fields of a peer of the server."""

    model_config = ConfigDict(extra="forbid")

    name: str
    ae_title: str
    host: str
    port: int
    tls: bool = False
    retrieve: Retrieve = Retrieve.MOVE
    dicomweb_url: str = ""
    dicomweb_user: str = ""
    dicomweb_password: str = Field(default="", repr=False)

    def peer(self, facility_id: UUID) -> Peer:
        """As it is asked; known by its name within this gateway. Raises PeerInvalid."""
        key = uuid5(_NAMES, f"pacs {self.name}")
        return checked(Peer(id=key, facility_id=facility_id, **self.model_dump()))


class TlsConfig(BaseModel):
    """A second port, for those who send by TLS; with `authorities` they must show who they are."""

    model_config = ConfigDict(extra="forbid")

    port: int = Field(2762, ge=1, le=65535)
    certificate: FilePath
    key: FilePath
    authorities: FilePath | None = None


class NearConfig(BaseModel):
    """The shelf for browsers of the hospital, and how they reach it."""

    model_config = ConfigDict(extra="forbid")

    address: str
    host: str = "0.0.0.0"
    port: int = Field(8077, ge=1, le=65535)
    disk_gib: float = Field(50, gt=0)
    certificate: FilePath | None = None
    key: FilePath | None = None

    @field_validator("address")
    @classmethod
    def _within_the_hospital(cls, value: str) -> str:
        if not is_near_address(value):
            raise ValueError("not http(s)://, a local address or name, and a port, without a path")
        return value

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        return self


class Config(BaseModel):
    """`gateway.toml`."""

    model_config = ConfigDict(extra="forbid")

    server: AnyHttpUrl
    ae_title: Annotated[str, StringConstraints(min_length=1, max_length=16)] = "TELEHEALTH"
    host: str = "0.0.0.0"
    port: int = Field(11112, ge=1, le=65535)
    status_host: str = "127.0.0.1"
    status_port: int = Field(8042, ge=0, le=65535)
    rate: str = ""
    peer: list[PeerConfig] = []
    pacs: list[PacsConfig] = []
    tls: TlsConfig | None = None
    near: NearConfig | None = None

    @field_validator("rate")
    @classmethod
    def _readable(cls, value: str) -> str:
        Rates.parse(value)
        return value

    @field_validator("pacs")
    @classmethod
    def _told_apart(cls, value: list[PacsConfig]) -> list[PacsConfig]:
        if len({each.name for each in value}) < len(value):
            raise ValueError("two have the same name")
        return value

    @model_validator(mode="after")
    def _tls_for_those_who_need_it(self) -> Self:
        if self.tls is None and any(each.tls for each in self.peer):
            raise ValueError("a peer asks for TLS, but [tls] is missing")
        return self

    def own(self) -> OwnEntity:
        """Who this gateway is to the hospital's machines."""
        if self.tls is None:
            return OwnEntity(self.ae_title)
        files = TlsFiles(self.tls.certificate, self.tls.key, self.tls.authorities)
        return OwnEntity(self.ae_title, files)

    @classmethod
    def read(cls, home: Path) -> Self:
        """Raises ConfigWrong, naming the first wrong place."""
        try:
            return cls.model_validate(tomllib.loads((home / CONFIG).read_text()))
        except FileNotFoundError:
            raise ConfigWrong(f"{home / CONFIG} is missing: enrol this gateway first") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigWrong(f"{home / CONFIG}: {error}") from None
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            where = f"{home / CONFIG}: {place}" if place else str(home / CONFIG)
            raise ConfigWrong(f"{where}: {first['msg']}") from None


class GatewayIdentity(BaseModel):
    """Who this gateway is; only its own user may read the file."""

    gateway_id: UUID
    facility_id: UUID
    name: str
    secret: str = Field(repr=False)

    @classmethod
    def read(cls, home: Path) -> Self:
        """Raises ConfigWrong."""
        try:
            return cls.model_validate_json((home / IDENTITY).read_bytes())
        except (FileNotFoundError, ValidationError):
            raise ConfigWrong(f"{home} is not enrolled: use `telehealth gateway enrol`") from None

    def write(self, home: Path) -> None:
        """Whole or not at all, mode 0600."""
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = home / f"{IDENTITY}.{os.getpid()}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(self.model_dump(mode="json"), file)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(home / IDENTITY)


def write_fresh_config(home: Path, server: str) -> bool:
    """A commented `gateway.toml`, unless there is one; passwords may be written into it."""
    path = home / CONFIG
    if path.exists():
        return False
    path.touch(mode=0o600)
    path.write_text(FRESH.format(server=server))
    return True
