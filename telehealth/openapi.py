"""OpenAPI 3.1 from the doors: what is served is what is described."""

import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from telehealth.doors import Door, Open
from telehealth.problems import KINDS, MEDIA_TYPE

REF: Final = "#/components/schemas/{model}"

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457 problem; further members depend on the type",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "slug", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "slug": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def document(doors: Iterable[Door]) -> dict[str, Any]:
    """The OpenAPI document of these doors."""
    doors = sorted(doors, key=lambda door: (door.path, door.method))
    names, schemas = _schemas(doors)
    paths: dict[str, dict[str, Any]] = {}
    used: set[str] = set()
    for door in doors:
        path = re.sub(r"{(\w+):\w+}", r"{\1}", door.path)
        operation = _operation(door, path, names)
        if operation["operationId"] in used:  # one handler behind several addresses
            place = re.sub(r"\W+", "_", f"{door.method.lower()}{path}").strip("_")
            operation["operationId"] += f"_{place}"
        used.add(operation["operationId"])
        paths.setdefault(path, {})[door.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hội chẩn từ xa", "version": version("telehealth-hoichan")},
        "paths": paths,
        "components": {
            "schemas": schemas | {"Problem": PROBLEM},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "telehealth_login"},
            },
        },
    }


def _schemas(doors: list[Door]) -> tuple[dict[Any, str], dict[str, Any]]:
    taken = {door.takes for door in doors if door.takes}
    given = {door.gives for door in doors if door.gives}
    wanted = [(model, "validation") for model in taken] + [
        (model, "serialization") for model in given
    ]
    wanted.sort(key=lambda pair: (pair[0].__name__, pair[1]))
    refs, schema = models_json_schema(wanted, ref_template=REF)  # type: ignore[arg-type]
    names = {key: ref["$ref"].rsplit("/", 1)[1] for key, ref in refs.items()}
    return names, schema.get("$defs", {})


def _operation(door: Door, path: str, names: dict[Any, str]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(door),
        "summary": door.summary,
        "tags": [door.tag or path.split("/")[2] if path.count("/") > 1 else "server"],
        "parameters": _parameters(door, path),
        "responses": _responses(door, names),
        "security": [] if door.needs is Open.PUBLIC else [{"cookie": []}, {"bearer": []}],
        "x-permission": str(door.needs),
    }
    if body := _request_body(door, names):
        operation["requestBody"] = body
    return operation


def _operation_id(door: Door) -> str:
    owner = getattr(door.handler, "__self__", None)
    prefix = type(owner).__name__.removesuffix("Api") if owner is not None else ""
    return f"{prefix}_{getattr(door.handler, '__name__', 'call')}".strip("_")


def _parameters(door: Door, path: str) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    in_query = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in door.query]
    return in_path + in_query


def _request_body(door: Door, names: dict[Any, str]) -> dict[str, Any] | None:
    if door.takes is not None:
        schema = {"$ref": REF.format(model=names[door.takes, "validation"])}
        return {"required": True, "content": {"application/json": {"schema": schema}}}
    if door.takes_raw:
        raw = {"schema": {"type": "string", "format": "binary"}}
        return {"content": dict.fromkeys(door.takes_raw, raw)}
    return None


def _responses(door: Door, names: dict[Any, str]) -> dict[str, Any]:
    responses: dict[str, Any] = {"default": _problem("Any other error")}
    for error in door.raises:
        if kind := KINDS.get(error):
            responses[str(kind.status)] = _problem(kind.title)
    responses[_success_status(door)] = _success(door, names)
    return responses


def _success_status(door: Door) -> str:
    return "204" if door.gives is None and not door.gives_raw else str(door.status)


def _success(door: Door, names: dict[Any, str]) -> dict[str, Any]:
    if door.gives is not None:
        return {"description": "Done", "content": _json(names[door.gives, "serialization"])}
    raw = {"schema": {"type": "string", "format": "binary"}}
    content = dict.fromkeys(door.gives_raw, raw)
    return {"description": "Done", "content": content} if content else {"description": "Done"}


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REF.format(model=name)}}}


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": REF.format(model="Problem")}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}
