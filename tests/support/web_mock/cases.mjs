import { createHash } from "node:crypto"

export const idOf = key => {
  const hex = createHash("sha1").update(key).digest("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
export const DAY = 86_400_000
export const iso = at => new Date(at).toISOString()

/** The demo's cases as the API gives them, with what the mock knows besides. */
export function demoCases(demo, facilityOf, personOf) {
  return demo.cases.map((each, index) => {
    const later = each.session === "SES-20261203"
    return {
      id: idOf(each.key),
      key: each.key,
      session_id: idOf(each.session),
      order: later && index > 9 ? null : each.order,
      state: later ? (index > 9 ? "submitted" : "accepted") : "delivered",
      facility: facilityOf(each.facility),
      presenter: { id: idOf(each.presenter), full_name: personOf(each.presenter).full_name },
      patient_full: {
        ...each.patient,
        birth_date_precision: "day",
        address: each.patient.address_vi,
        birth_date: each.patient.birth_date,
      },
      encounter: { admission_no: "", ...each.encounter, department: each.encounter.department_vi },
      diagnosis: {
        main_icd10: each.diagnosis.main_icd10,
        main_text: each.diagnosis.main_text_vi,
        other: each.diagnosis.other.map(other => ({ icd10: other.icd10, text: other.text_vi })),
      },
      consultation_reason: each.consultation_reason,
      reason_text: "",
      clinical_summary: each.clinical_summary_vi,
      treatment_so_far: each.treatment_so_far_vi,
      questions: each.questions_vi.map((text, order) => ({
        id: idOf(each.key + order),
        number: order + 1,
        text,
      })),
      specialties: each.specialties_requested_vi,
      urgency: each.urgency,
      no_images: false,
      version: 3,
      saved_at: iso(Date.now() - 900_000),
      return_reason: null,
      consent_record:
        index === 10
          ? null
          : {
              basis: "consent",
              given_by: "patient",
              giver_name: null,
              relation: null,
              method: "signed_paper",
              given_at: iso(Date.now() - 2 * DAY),
              share: true,
              record: true,
              teaching: false,
            },
      source: each,
    }
  })
}

/** The studies of each case, by the case's id. */
export function demoStudies(cases) {
  return Object.fromEntries(
    cases
      .filter(each => each.key !== "C11")
      .map(each => [
        each.id,
        each.source.imaging.map((study, index) => ({
          study_uid: `2.25.${each.key.slice(1)}${index}`,
          description: study.description_vi.split(":")[0],
          modality: [study.modality],
          study_date: study.study_date,
          series: Array.from({ length: study.series }, (_, order) => ({
            series_uid: `2.25.${each.key.slice(1)}${index}.${order}`,
            number: order + 1,
            modality: study.modality,
            description: ["Không tiêm 5 mm", "Cửa sổ xương", "Dựng hình", "Lát mỏng 1 mm"][order % 4],
            body_part: "",
            frame_of_reference_uid: "",
            image_count: Math.ceil(study.instances_approx / study.series),
            published_count: order === 2 ? 0 : Math.ceil(study.instances_approx / study.series),
            state: order === 2 ? "receiving" : "ready",
            default_window: { center: 40, width: 80 },
            thumbnail_url: null,
            pictures: [],
          })),
          identity:
            each.key === "C08"
              ? {
                  status: "mismatch",
                  differences: [
                    { field: "birth_date", in_image: "1960-03-02", in_case: each.patient_full.birth_date },
                    {
                      field: "patient_id",
                      in_image: "NK-240010",
                      in_case: each.patient_full.local_patient_code,
                    },
                  ],
                }
              : { status: "match", differences: [] },
        })),
      ]),
  )
}
