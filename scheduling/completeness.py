"""What a case still lacks, in the words the coordinator and the doctor both see."""

from dataclasses import dataclass
from enum import StrEnum

from scheduling.consent import Gate
from scheduling.content import CaseContent


class Missing(StrEnum):
    """One thing that a case lacks; the order is the order of the form."""

    PATIENT = "patient"
    REASON = "reason"
    QUESTIONS = "questions"
    SUMMARY = "summary"
    SPECIALTIES = "specialties"
    IMAGES = "images"
    IDENTITY = "identity"
    EXCERPT = "excerpt"
    CONSENT = "consent"
    CONTRACT = "contract"


# Without these a case cannot be sent; the rest may follow until the session.
NEEDED_TO_SUBMIT = frozenset({Missing.REASON, Missing.QUESTIONS})
NEEDED_TO_ACCEPT = NEEDED_TO_SUBMIT | {Missing.CONSENT, Missing.CONTRACT}
NEEDED_TO_SHOW = NEEDED_TO_ACCEPT | {Missing.IMAGES}


@dataclass(frozen=True)
class MaterialFacts:
    """What other rooms hold for a case, as far as scheduling must know.

    `identity_settled` is False while any study's patient differs from the case and nobody
    has confirmed it.
    """

    study_count: int = 0
    image_count: int = 0
    identity_settled: bool = True
    has_excerpt: bool = False


NO_MATERIAL = MaterialFacts()


def missing(
    content: CaseContent, gate: Gate, contract_valid: bool, material: MaterialFacts
) -> tuple[Missing, ...]:
    """Everything the case lacks, in the order of the form."""
    lacks = {
        Missing.PATIENT: not content.patient_full.is_known,
        Missing.REASON: not content.has_reason,
        Missing.QUESTIONS: not content.questions,
        Missing.SUMMARY: not content.clinical_summary.strip(),
        Missing.SPECIALTIES: not content.specialties,
        Missing.IMAGES: material.image_count == 0 and not content.no_images,
        Missing.IDENTITY: not material.identity_settled,
        Missing.EXCERPT: not material.has_excerpt,
        Missing.CONSENT: gate is Gate.NONE,
        Missing.CONTRACT: not contract_valid,
    }
    return tuple(slug for slug in Missing if lacks[slug])
