"""The gate: nothing of a case is shown to another facility before consent or emergency basis.

Law 91/2025 on personal data, art. 19 (emergency: 19.1.a), and Decree 356/2025: one box per
purpose, nothing ticked beforehand, withdrawal as easy as giving.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from scheduling.errors import ConsentMissing, ContentRefused, FieldProblem
from scheduling.person import PersonId

ConsentId = NewType("ConsentId", UUID)


class Basis(StrEnum):
    """The ground on which data of this case are shared."""

    CONSENT = "consent"
    EMERGENCY = "emergency"


class GivenBy(StrEnum):
    """Who agreed."""

    PATIENT = "patient"
    GUARDIAN = "guardian"


class ConsentMethod(StrEnum):
    """How the agreement was given."""

    SIGNED_PAPER = "signed_paper"
    E_SIGNATURE = "e_signature"
    VERBAL_WITNESSED = "verbal_witnessed"


class Gate(StrEnum):
    """What stands open for other facilities."""

    NONE = "none"
    CONSENT = "consent"
    EMERGENCY = "emergency"


@dataclass(frozen=True)
class ConsentForm:
    """What was ticked and written; every purpose has a box of its own and starts empty."""

    basis: Basis
    given_by: GivenBy
    method: ConsentMethod
    given_at: datetime
    share: bool = False
    record: bool = False
    teaching: bool = False
    giver_name: str = ""
    relation: str = ""
    emergency_reason: str = ""
    confirmed_by: PersonId | None = None


@dataclass(frozen=True)
class Consent:
    """A filed form; withdrawn ones stay on record and open nothing."""

    id: ConsentId
    form: ConsentForm
    filed_by: PersonId
    filed_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: PersonId | None = None
    withdrawal_reason: str = ""


def form_problems(
    form: ConsentForm, confirming_doctor: bool, now: datetime
) -> Iterator[FieldProblem]:
    """Everything that keeps the form from being filed.

    `confirming_doctor` tells whether `confirmed_by` is a doctor of the asking facility.
    """
    if form.given_at > now:
        yield FieldProblem("/given_at", "in-the-future")
    if form.basis is Basis.EMERGENCY:
        if not form.emergency_reason.strip():
            yield FieldProblem("/emergency_reason", "required")
        if form.confirmed_by is None or not confirming_doctor:
            yield FieldProblem("/confirmed_by", "doctor-of-this-facility-required")
    elif form.given_by is GivenBy.GUARDIAN:
        if not form.giver_name.strip():
            yield FieldProblem("/giver_name", "required")
        if not form.relation.strip():
            yield FieldProblem("/relation", "required")


def filed(
    consent_id: ConsentId,
    form: ConsentForm,
    filed_by: PersonId,
    confirming_doctor: bool,
    now: datetime,
) -> Consent:
    """File the form, or raise ContentRefused with every problem."""
    if problems := tuple(form_problems(form, confirming_doctor, now)):
        raise ContentRefused(problems)
    return Consent(consent_id, form, filed_by, now)


def withdrawn(consent: Consent, by: PersonId, reason: str, now: datetime) -> Consent:
    """Take the consent back; sharing stops at once. A second withdrawal changes nothing."""
    if consent.withdrawn_at is not None:
        return consent
    return replace(consent, withdrawn_at=now, withdrawn_by=by, withdrawal_reason=reason)


def gate(consent: Consent | None) -> Gate:
    """What the latest filed form opens for other facilities."""
    if consent is None or consent.withdrawn_at is not None:
        return Gate.NONE
    form = consent.form
    if form.basis is Basis.EMERGENCY:
        stands = bool(form.emergency_reason.strip()) and form.confirmed_by is not None
        return Gate.EMERGENCY if stands else Gate.NONE
    return Gate.CONSENT if form.share else Gate.NONE


def may_record(consent: Consent | None) -> bool:
    """True only for a standing consent whose recording box is ticked; emergency opens no tape."""
    return gate(consent) is Gate.CONSENT and consent is not None and consent.form.record


def require_open(consent: Consent | None, case_id: UUID) -> None:
    """Raise ConsentMissing while nothing may be shared."""
    if gate(consent) is Gate.NONE:
        raise ConsentMissing(case_id)
