import { createHash } from "node:crypto"
import { idOf, iso } from "./cases.mjs"

/** Excerpts, minutes, deliveries and the trail of the demo's cases. */
export function demoPapers({ cases, studies, sessions, people, ageOf, caseBrief }) {
  const excerpts = {}
  const excerpt = id =>
    (excerpts[id] ??= {
      version: 1,
      labs: [
        { name: "Hb", value: "128", unit: "g/L", range: "130-170", flag: "L", taken_at: "2026-11-23" },
        { name: "INR", value: "3,1", unit: "", range: "0,8-1,2", flag: "H", taken_at: "2026-11-23" },
      ],
      medicines: [
        { name: "Acenocoumarol", dose: "2 mg/ngày", route: "uống", since: "2024", stopped_on: "2026-11-23" },
      ],
      history: { own: "Tăng huyết áp, rung nhĩ", family: "", allergy_state: "none_known", allergies: "" },
      vitals: {},
      source: "typed",
      as_of: null,
      saved_at: null,
    })
  const minutes = {}
  const minutesOf = id => {
    const item = cases.find(each => each.id === id)
    return (minutes[id] ??= {
      case_id: id,
      version: 1,
      state: item.source?.conclusion_vi ? "draft" : "none",
      saved_at: iso(Date.now() - 60_000),
      saved_by: "Trần Thị Mẫu",
      course_summary: item.clinical_summary,
      discussion: (item.source?.discussion_points_vi ?? []).join("\n"),
      conclusion: item.source?.conclusion_vi ?? "",
      next_treatment: item.source?.next_treatment_vi ?? "",
      diagnosis_after: "",
      prognosis: "",
      disposition: item.source?.disposition ?? "",
      answers: item.questions.map(each => ({ question_id: each.id, text: "", answered_by: null })),
      tasks: [],
      form: {
        facility_name: item.facility.name,
        department_name: item.encounter.department,
        form_code: "27/BV2",
        medical_record_no: item.encounter.medical_record_no,
        patient_full_name: item.patient_full.full_name.toUpperCase(),
        age: ageOf(item),
        sex: "Nam",
        treated_from: item.encounter.admitted_on,
        bed: item.encounter.bed,
        room: item.encounter.room,
        diagnosis_text: item.diagnosis.main_text,
        consulted_at: sessions[0].starts_at,
        chair: "TS.BS. Hoàng Minh Hoạ",
        secretary: "ThS.BS. Trần Thị Mẫu",
      },
      attendance: people.slice(0, 4).map((person, index) => ({
        full_name: person.full_name,
        title: person.title,
        facility: person.facility.name,
        seat: ["chair", "member", "secretary", "member"][index],
        joined_at: sessions[0].starts_at,
        left_at: null,
      })),
      images_shown: (studies[id] ?? []).map(study => ({
        study_uid: study.study_uid,
        description: study.description,
        date: study.study_date,
      })),
      missing: ["answers"],
    })
  }
  const deliveries = cases
    .filter(each => each.state === "delivered")
    .flatMap((each, index) =>
      ["minutes", "key_images", "recording"].map((kind, order) => ({
        id: idOf(each.key + kind),
        case_id: each.id,
        case_label: `${caseBrief(each).patient.display_name} · ${each.facility.name}`,
        sink: ["fhir", "pacs", "folder"][order],
        kind,
        state:
          index === 1 && order === 1
            ? "needs_person"
            : index === 2
              ? ["sent", "sending", "planned"][order]
              : "verified",
        attempts: index === 1 ? 8 : 1,
        next_attempt_at: index === 2 ? iso(Date.now() + 120_000) : null,
        sha256: createHash("sha256")
          .update(each.key + kind)
          .digest("hex"),
        size: 48213 * (order + 1),
        receipt: null,
        sent_at: iso(Date.now() - 7_300_000),
        verified_at: iso(Date.now() - 7_200_000),
        error_slug: index === 1 && order === 1 ? "other-content" : null,
        error_detail: index === 1 && order === 1 ? "Orthanc 200, SHA-256 khác" : null,
      })),
    )
  const audit = cases.slice(0, 6).flatMap((each, index) =>
    ["case_opened", "image_viewed", "case_changed"].map((action, order) => ({
      id: idOf(each.key + action),
      at: iso(Date.now() - (index * 3 + order) * 740_000),
      person: {
        id: people[index].id,
        full_name: people[index].full_name,
        facility: people[index].facility.name,
      },
      action,
      object: { kind: "case", id: each.id },
      case_id: each.id,
      outcome: index === 3 && order === 1 ? "refused" : "ok",
      address: "10.1.4.2",
      detail: {},
    })),
  )
  return { excerpts, excerpt, minutesOf, deliveries, audit }
}
