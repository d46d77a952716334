from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from telehealth.access import Role
from telehealth.parts import Parts
from tests.support.core import ORIGIN, add_user, client_of, parts_over, sign_in


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    async with parts_over(tmp_path) as made:
        await add_user(made, "bs.an", Role.PRESENTER)
        await add_user(made, "quantri", Role.SYS_ADMIN)
        yield made


async def test_me_tells_who_signed_in_by_cookie_and_by_bearer(parts: Parts) -> None:
    async with client_of(parts) as browser:
        token = await sign_in(browser, "bs.an")
        assert (await browser.get("/api/me")).json()["username"] == "bs.an"
    async with client_of(parts) as program:
        answer = await program.get("/api/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["roles"] == ["presenter"]


async def test_sign_in_cookie_is_unreadable_for_scripts_and_other_sites(parts: Parts) -> None:
    async with client_of(parts) as browser:
        answer = await browser.post(
            "/api/login", json={"username": "BS.An", "password": "mật khẩu thử 1"}
        )
    flags = answer.headers["set-cookie"]
    assert "HttpOnly" in flags
    assert "SameSite=Strict" in flags


async def test_me_without_sign_in_is_a_problem(parts: Parts) -> None:
    async with client_of(parts) as browser:
        answer = await browser.get("/api/me")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/not-signed-in"
    assert len(answer.json()["instance"]) == 32


async def test_sign_out_ends_the_token_everywhere(parts: Parts) -> None:
    async with client_of(parts) as browser:
        token = await sign_in(browser, "bs.an")
        assert (await browser.post("/api/logout")).status_code == 204
    async with client_of(parts) as program:
        answer = await program.get("/api/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


async def test_wrong_passwords_are_counted_and_then_refused(parts: Parts) -> None:
    wrong = {"username": "bs.an", "password": "sai"}
    async with client_of(parts) as browser:
        statuses = [(await browser.post("/api/login", json=wrong)).status_code for _ in range(11)]
        right = await browser.post(
            "/api/login", json={"username": "bs.an", "password": "mật khẩu thử 1"}
        )
    assert statuses == [401] * 10 + [429]
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) > 0


async def test_unknown_account_looks_like_a_wrong_password(parts: Parts) -> None:
    async with client_of(parts) as browser:
        answer = await browser.post("/api/login", json={"username": "ai.do", "password": "x"})
    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/wrong-credentials"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"X-Telehealth": None}],
    ids=["foreign origin", "no custom header"],
)
async def test_cookie_alone_cannot_change_anything(
    parts: Parts, headers: dict[str, str | None]
) -> None:
    async with client_of(parts) as browser:
        await sign_in(browser, "bs.an")
        browser.headers.update({k: v for k, v in headers.items() if v is not None})
        for name in [name for name, value in headers.items() if value is None]:
            del browser.headers[name]
        answer = await browser.post("/api/logout")
        assert answer.status_code == 403
        browser.headers.update({"Origin": ORIGIN, "X-Telehealth": "1"})
        assert (await browser.get("/api/me")).status_code == 200


async def test_wrong_fields_are_named_one_by_one(parts: Parts) -> None:
    async with client_of(parts) as browser:
        answer = await browser.post("/api/login", json={"username": "", "password": 7})
    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"/username", "/password"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"x" * 5000])
async def test_malformed_bodies_are_never_a_server_error(parts: Parts, body: bytes) -> None:
    async with client_of(parts) as browser:
        answer = await browser.post("/api/login", content=body)
    assert answer.status_code in (413, 422)


async def test_audit_is_refused_to_a_doctor_and_open_to_the_administrator(parts: Parts) -> None:
    async with client_of(parts) as browser:
        await sign_in(browser, "bs.an")
        assert (await browser.get("/api/audit")).status_code == 403
        await sign_in(browser, "quantri")
        page = (await browser.get("/api/audit")).json()
    assert [item["action"] for item in page["items"]] == ["sign_in", "sign_in"]
    assert page["items"][0]["person"]["full_name"] == "Người quantri"


async def test_openapi_document_is_valid_and_names_every_door(parts: Parts) -> None:
    async with client_of(parts) as browser:
        document = (await browser.get("/api/openapi.json")).json()
    validate(document)
    assert {"/api/login", "/api/me", "/api/audit", "/healthz"} <= set(document["paths"])


async def test_every_answer_keeps_the_page_to_itself(parts: Parts) -> None:
    async with client_of(parts) as browser:
        answer = await browser.get("/healthz")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_unknown_address_is_a_problem(parts: Parts) -> None:
    async with client_of(parts) as browser:
        answer = await browser.get("/api/nothing-here")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not-found"


async def test_audit_takes_days_as_well_as_instants(parts: Parts) -> None:
    async with client_of(parts) as browser:
        await sign_in(browser, "quantri")
        today = await browser.get("/api/audit?from=2026-11-26&to=2026-11-27")
        tomorrow = await browser.get("/api/audit?from=2026-11-27")
        nonsense = await browser.get("/api/audit?from=2026-99-99")
    assert [item["action"] for item in today.json()["items"]] == ["sign_in"]
    assert tomorrow.json()["items"] == []
    assert nonsense.status_code == 400
