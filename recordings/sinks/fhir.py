"""A record system by FHIR R4: one transaction, every entry checked, every resource read back."""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx

from recordings.errors import DeliveryAbsent, DeliveryFailed, DeliveryRefused
from recordings.sinks.fhir_reading import Resource, difference, with_references
from recordings.sinks.http import judge, peer
from recordings.sinks.sink import Parcel

FHIR_JSON = "application/fhir+json"


@dataclass(frozen=True)
class FhirSink:
    """`client` has the FHIR base as base address, with the peer's credentials.

    `client_ids`: the peer takes `PUT Type/our-id`, which no race can double: one transaction does.
    Else each resource goes alone by `PUT Type?identifier=` (peers limit such transactions).
    """

    client: httpx.AsyncClient
    client_ids: bool = True

    async def send(self, parcel: Parcel) -> Mapping[str, Any]:
        """Bring all resources there; the answer of each must say so, not only of the whole."""
        document = await self._document(parcel)
        if not self.client_ids:
            return await self._send_one_by_one(document)
        answer = await self._write("POST", "", document)
        judge(answer)
        _judge_entries(_json(answer), len(document["entry"]))
        return {"status": answer.status_code, "entries": len(document["entry"])}

    async def _send_one_by_one(self, document: Resource) -> Mapping[str, Any]:
        names: dict[str, str] = {}
        for entry in document["entry"]:
            resource = entry["resource"]
            kind = resource["resourceType"]
            body = {name: value for name, value in resource.items() if name != "id"}
            url = f"{kind}?{_search(resource)}"
            answer = await self._write("PUT", url, with_references(body, names))
            _judge_conditional(answer)
            names[entry["fullUrl"]] = f"{kind}/{await self._server_id(resource)}"
        return {"entries": len(names)}

    async def _write(self, method: str, url: str, body: Resource) -> httpx.Response:
        async with peer(self.client) as client:
            return await client.request(
                method,
                url,
                content=json.dumps(body, ensure_ascii=False).encode(),
                headers={"Content-Type": FHIR_JSON, "Accept": FHIR_JSON},
            )

    async def verify(self, parcel: Parcel) -> Mapping[str, Any]:
        """Read each resource by its id and compare all that was sent, attachments byte for byte."""
        resources = [one["resource"] for one in (await self._document(parcel))["entry"]]
        ids = {one["id"]: await self._server_id(one) for one in resources}
        names = {
            f"urn:uuid:{one['id']}": f"{one['resourceType']}/{ids[one['id']]}" for one in resources
        }
        versions = {}
        for one in resources:
            got = await self._read(f"{one['resourceType']}/{ids[one['id']]}")
            wanted = with_references(one, names)
            if found := difference(wanted, got, "") or await self._other_attachment(wanted, got):
                raise DeliveryAbsent("not-as-sent", f"{one['resourceType']}{found}")
            versions[f"{one['resourceType']}/{got['id']}"] = got.get("meta", {}).get("versionId")
        return {"read_back": versions}

    async def _document(self, parcel: Parcel) -> Resource:
        [file] = parcel.files
        data = await asyncio.to_thread(parcel.payloads.read, file.sha256)
        document: Resource = json.loads(data)
        return document

    async def _server_id(self, resource: Resource) -> str:
        if self.client_ids:
            return str(resource["id"])
        found = await self._read(f"{resource['resourceType']}?{_search(resource)}")
        matches = [one["resource"]["id"] for one in found.get("entry", [])]
        if not matches:
            raise DeliveryAbsent("resource-absent", resource["resourceType"])
        if len(matches) > 1:
            raise DeliveryRefused("duplicate-at-peer", resource["resourceType"])
        return str(matches[0])

    async def _read(self, path: str) -> Resource:
        async with peer(self.client) as client:
            answer = await client.get(path, headers={"Accept": FHIR_JSON})
        if answer.status_code in (404, 410):
            raise DeliveryAbsent("resource-absent", path.partition("/")[0].partition("?")[0])
        judge(answer)
        return _json(answer)

    async def _other_attachment(self, sent: Resource, got: Resource) -> str:
        """Where a document's bytes differ; servers may move inline data behind a URL of theirs."""
        for mine, theirs in zip(_attachments(sent), _attachments(got), strict=False):
            if "data" not in mine:
                continue
            data = _decoded(theirs) or await self._fetched(theirs)
            if sha256(data).digest() != sha256(_decoded(mine)).digest():
                return ".attachment"
        return ""

    async def _fetched(self, attachment: Resource) -> bytes:
        url = httpx.URL(str(self.client.base_url)).join(attachment.get("url", ""))
        if urlsplit(str(url)).netloc != urlsplit(str(self.client.base_url)).netloc:
            return b""  # our credentials never go to another host
        async with peer(self.client) as client:
            answer = await client.get(url, headers={"Accept": attachment.get("contentType", "*/*")})
        judge(answer)
        return answer.content


def _search(resource: Resource) -> str:
    if "identifier" in resource:
        first = resource["identifier"][0]
        return f"identifier={first['system']}|{first['value']}"
    own = resource["meta"]["tag"][-1]
    return f"_tag={own['system']}|{own['code']}"


def _judge_entries(answer: Resource, expected: int) -> None:
    statuses = [str(one.get("response", {}).get("status", "")) for one in answer.get("entry", [])]
    if len(statuses) != expected:
        raise DeliveryFailed("entries-missing", f"{len(statuses)} of {expected} answered")
    for status in statuses:
        if not status[:3].isdecimal():
            raise DeliveryFailed("bad-answer", "an entry without a status")
        _judge_conditional(httpx.Response(int(status[:3])))


def _judge_conditional(answer: httpx.Response) -> None:
    if answer.status_code == 412:  # R4 3.1.0.4.3: several match; no retry can mend that
        raise DeliveryRefused("duplicate-at-peer", "two resources match at the peer")
    judge(answer)


def _json(answer: httpx.Response) -> Resource:
    try:
        document = answer.json()
    except ValueError as error:
        raise DeliveryFailed("bad-answer", "not JSON") from error
    if not isinstance(document, dict):
        raise DeliveryFailed("bad-answer", "not a resource")
    return document


def _decoded(attachment: Resource) -> bytes:
    try:
        return base64.b64decode(attachment.get("data", ""), validate=True)
    except (ValueError, TypeError):
        return b""


def _attachments(resource: Resource) -> list[Resource]:
    content = [one.get("attachment", {}) for one in resource.get("content", [])]
    return [*content, *resource.get("presentedForm", [])]
