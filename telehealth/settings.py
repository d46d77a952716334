"""Every setting of the product: `TELEHEALTH_*` in the environment, checked once at start."""

import secrets
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from telehealth.key_files import kept

Value = TypeVar("Value")


class Settings(BaseSettings):
    """Frozen settings; each field's description is the line of the documented table."""

    model_config = SettingsConfigDict(
        env_prefix="TELEHEALTH_", frozen=True, env_ignore_empty=True, extra="ignore"
    )

    data_dir: Path = Field(Path("var"), description="Folder of database, blobs and run files")
    database_url: str | None = Field(
        None, description="SQLAlchemy URL; default is SQLite in the data folder"
    )
    host: str = Field("127.0.0.1", description="Address the web process listens on")
    port: int = Field(8000, ge=1, le=65535, description="Port the web process listens on")
    public_url: AnyHttpUrl | None = Field(
        None, description="Address people type; decides cookie security and allowed origins"
    )
    login_hours: int = Field(12, ge=1, le=24 * 30, description="Hours a sign-in lasts")
    time_zone: str = Field("Asia/Ho_Chi_Minh", description="Zone of printed dates and times")

    media_engine: Literal["embedded", "livekit"] = Field(
        "embedded", description="Own media workers, or a LiveKit server at livekit_url"
    )
    media_workers: int = Field(1, ge=1, le=64, description="Media worker processes, one per core")
    media_addresses: str = Field(
        "",
        description="Comma list of IPv4 and IPv6 addresses for media, each `own` or `own=public`"
        " behind a router that maps it; default: every own address",
    )
    media_port: int = Field(
        0,
        ge=0,
        le=65000,
        description="UDP port of the first media worker, the next ones follow; 0: any free port",
    )
    media_tcp_port: int = Field(
        0,
        ge=-1,
        le=65000,
        description="TCP port of the first media worker, for networks that block UDP, the next ones"
        " follow; 0: the same number as media_port; -1: no media over TCP",
    )
    media_voices: int = Field(
        3, ge=0, le=64, description="Microphones of a room that are passed on at a time; 0: all"
    )
    livekit_url: str | None = Field(None, description="ws(s):// address of a LiveKit server")
    livekit_key: str | None = Field(None, description="API key; made at first start if unset")
    livekit_secret: SecretStr | None = Field(None, description="API secret of that key")
    turn_urls: str = Field("", description="Comma list of turn:/turns: addresses given to browsers")
    turn_secret: SecretStr | None = Field(None, description="coturn static-auth-secret")

    dimse_host: str = Field("0.0.0.0", description="Address the DIMSE server listens on")
    dimse_port: int = Field(
        11112,
        ge=0,
        le=65535,
        description="Port of the DIMSE server, which listens once a PACS peer is known; 0: never",
    )
    dimse_ae_title: str = Field(
        "TELEHEALTH",
        min_length=1,
        max_length=16,
        pattern=r"^[\x21-\x5B\x5D-\x7E]+$",
        description="Own AE title",
    )
    dimse_tls_port: int = Field(
        0, ge=0, le=65535, description="Port of the DIMSE server with TLS, usually 2762; 0: none"
    )
    dimse_tls_certificate: Path | None = Field(
        None, description="PEM file of the own certificate, for DIMSE with TLS"
    )
    dimse_tls_key: Path | None = Field(None, description="PEM file of its key")
    dimse_tls_authorities: Path | None = Field(
        None,
        description="PEM file of the authorities that sign the certificates of peers; with it,"
        " those who call must show one",
    )
    dimse_stall_seconds: int = Field(
        60, ge=2, le=3600, description="A PACS that sends nothing for so long has stalled"
    )

    archive_folder: Path | None = Field(
        None, description="Watched folder the record is delivered to"
    )
    pacs_url: AnyHttpUrl | None = Field(None, description="DICOMweb root of the hospital's PACS")
    pacs_user: str | None = Field(None, description="Basic user of the PACS")
    pacs_password: SecretStr | None = Field(None, description="Basic password of the PACS")
    fhir_url: AnyHttpUrl | None = Field(None, description="FHIR R4 base address of the EMR")
    fhir_token: SecretStr | None = Field(None, description="Bearer token for the FHIR server")

    @field_validator("livekit_url", "livekit_key", "livekit_secret")
    @classmethod
    def _another_engine_is_named_whole(cls, value: Value, info: ValidationInfo) -> Value:
        """Half an address or key would leave everybody alone in an empty room."""
        if value is None and info.data.get("media_engine") == "livekit":
            raise ValueError("is needed with TELEHEALTH_MEDIA_ENGINE=livekit")
        return value

    @field_validator("livekit_url")
    @classmethod
    def _is_a_websocket_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("ws://", "wss://")):
            raise ValueError("begins with ws:// or wss://")
        return value

    def database(self) -> str:
        """The SQLAlchemy URL to open."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'telehealth.sqlite3'}"

    def origin(self) -> str:
        """The one origin browsers come from."""
        return str(self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def split_list(text: str) -> tuple[str, ...]:
    """A comma list without blanks."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


class LiveKitKey(tuple[str, str]):
    """(API key, API secret)."""

    __slots__ = ()


def livekit_key(settings: Settings) -> LiveKitKey:
    """The key from the settings, else one made once and kept in the data folder (mode 0600)."""
    if settings.livekit_key and settings.livekit_secret:
        return LiveKitKey((settings.livekit_key, settings.livekit_secret.get_secret_value()))
    key, secret = kept(
        settings.data_dir / "media-key.json",
        lambda: [f"API{secrets.token_hex(6)}", secrets.token_urlsafe(32)],
    )
    return LiveKitKey((key, secret))
