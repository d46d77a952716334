import { createHash, randomUUID } from "node:crypto"

const idOf = key => {
  const hex = createHash("sha1").update(key).digest("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
const DAY = 86_400_000
const iso = at => new Date(at).toISOString()
const ROLES = { imaging_technician: ["technician"], coordinator: ["hub_coordinator"] }
const ASSURED = {
  edit: true,
  submit: true,
  withdraw: true,
  accept: true,
  return: true,
  refuse: true,
  upload: true,
  consent: true,
  confirm_identity: true,
  write_minutes: true,
}

/** Everything the mock knows, from the invented demo cases; the weekly session is moved to two hours from now. */
export function demoState(demo) {
  const facilities = demo.facilities.map(each => ({
    id: idOf(each.key),
    code: each.facility_code,
    name: each.name_vi.replace(" (hư cấu)", ""),
    site_role: each.site_role,
    care_level: each.care_level,
  }))
  const facilityOf = key => facilities.find(each => each.id === idOf(key))
  const people = demo.staff.map(each => ({
    id: idOf(each.key),
    username: each.key,
    full_name: each.full_name,
    title: each.title_vi,
    facility: facilityOf(each.facility),
    specialty: each.specialty_vi,
    roles: [
      ...each.roles.flatMap(role => ROLES[role] ?? [role]),
      ...(each.key === "coord_hub" ? ["sys_admin", "auditor"] : []),
    ],
    locale: "vi",
  }))
  const personOf = key => people.find(each => each.id === idOf(key))
  const shift = Date.now() + 2 * 3_600_000 + 600_000 - Date.parse("2026-12-03T14:00+07:00")
  const at = local => Date.parse(`${local}+07:00`) + shift
  const states = { archived: "archived", minutes_pending_signature: "minutes_open", scheduled: "open" }

  const cases = demo.cases.map((each, index) => {
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
  const ageOf = item =>
    item.patient_full?.birth_date ? 2026 - Number(item.patient_full.birth_date.slice(0, 4)) : null
  const shortName = name =>
    name
      .split(" ")
      .map((word, index) => (index === 0 ? word.toUpperCase() : `${word[0].toUpperCase()}.`))
      .join(" ")
  const studies = Object.fromEntries(
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
            image_count: Math.ceil(study.instances_approx / study.series),
            state: order === 2 ? "receiving" : "ready",
            default_window: { center: 40, width: 80 },
            thumbnail_url: null,
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

  const missingOf = item => [
    ...(item.patient_full?.full_name ? [] : ["patient"]),
    ...(item.consultation_reason || item.reason_text ? [] : ["reason"]),
    ...(item.questions.length ? [] : ["questions"]),
    ...(item.clinical_summary ? [] : ["summary"]),
    ...(item.specialties.length ? [] : ["specialties"]),
    ...(item.consent_record ? [] : ["consent"]),
    ...(item.no_images || studies[item.id]?.length ? [] : ["images"]),
    ...(studies[item.id]?.some(study => study.identity.status === "mismatch") ? ["identity"] : []),
  ]
  const caseBrief = item => ({
    id: item.id,
    session_id: item.session_id,
    order: item.order,
    state: item.state,
    facility: item.facility,
    presenter: item.presenter,
    patient: {
      display_name: item.patient_full?.full_name ? shortName(item.patient_full.full_name) : "",
      age: ageOf(item),
      sex: item.patient_full?.sex ?? "U",
      masked_id: item.patient_full?.local_patient_code
        ? `…${item.patient_full.local_patient_code.slice(-4)}`
        : "",
    },
    diagnosis_text: item.diagnosis.main_text,
    specialties: item.specialties,
    urgency: item.urgency,
    missing: missingOf(item),
    consent: item.consent_record?.basis ?? "none",
    may_record: Boolean(item.consent_record?.record),
    study_count: studies[item.id]?.length ?? 0,
    image_count: (studies[item.id] ?? [])
      .flatMap(study => study.series)
      .reduce((sum, series) => sum + series.image_count, 0),
  })
  const fullCase = ({ source, key, ...item }) => ({ ...item, ...caseBrief(item), may: ASSURED })

  const sessions = demo.sessions.map(each => ({
    id: idOf(each.key),
    series_id: each.kind === "weekly" ? idOf("series") : null,
    kind: each.kind,
    title: each.title_vi,
    starts_at: iso(at(each.start_local)),
    ends_at: iso(at(each.end_local)),
    state: states[each.status],
    hub: { id: idOf(each.hub), name: facilityOf(each.hub).name },
    version: 1,
    chair: personOf(each.chair),
    secretary: personOf(each.secretary),
    agenda: cases
      .filter(item => item.session_id === idOf(each.key) && item.state !== "submitted")
      .map(item => ({ case_id: item.id, planned_minutes: item.source.planned_minutes })),
    people: [
      { person_id: idOf(each.chair), seat: "chair", answer: "yes" },
      { person_id: idOf(each.secretary), seat: "secretary", answer: "yes" },
      { person_id: idOf("sp_neuro"), seat: "member", answer: null },
      { person_id: idOf("sp_rad"), seat: "member", answer: "yes" },
      { person_id: idOf("sp_card"), seat: "member", answer: "no" },
      { person_id: idOf("pr_nk"), seat: "presenter", answer: "yes" },
    ],
    submission_deadline: each.submission_deadline_local ? iso(at(each.submission_deadline_local)) : null,
  }))
  const sessionBrief = each => ({
    id: each.id,
    series_id: each.series_id,
    kind: each.kind,
    title: each.title,
    starts_at: each.starts_at,
    ends_at: each.ends_at,
    state: each.state,
    hub: each.hub,
    case_count: each.agenda.length,
    my_seat: "member",
  })
  const session = id => {
    const each = sessions.find(item => item.id === id)
    const agenda = each.agenda.map((item, index) => ({
      case: { ...caseBrief(cases.find(one => one.id === item.case_id)), order: index + 1 },
      order: index + 1,
      planned_minutes: item.planned_minutes,
    }))
    return {
      ...each,
      ...sessionBrief(each),
      agenda,
      people: each.people.map(({ person_id, ...rest }) => ({
        person: people.find(one => one.id === person_id),
        ...rest,
      })),
      waiting: cases.filter(item => item.session_id === id && item.state === "submitted").map(caseBrief),
      total_minutes: agenda.reduce((sum, item) => sum + item.planned_minutes, 0),
      slot_minutes: 150,
    }
  }
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

  const outcomes = {}
  const uploads = {}
  const finish = (id, upload) => {
    const dicom = upload.data.subarray(128, 132).toString() === "DICM"
    const outcome = {
      id,
      name: upload.name,
      state: dicom ? "stored" : "refused",
      reason_slug: dicom ? null : "not-dicom",
    }
    outcomes[upload.caseId] = [...(outcomes[upload.caseId] ?? []), outcome]
    return JSON.stringify(outcome)
  }
  const reply = (id, status) => {
    const upload = uploads[id]
    const done = upload.data.length >= upload.length
    const headers = {
      "Tus-Resumable": "1.0.0",
      "Upload-Offset": String(upload.data.length),
      ...(status === 201 ? { Location: `/api/uploads/${id}` } : {}),
    }
    if (done) headers["X-Outcome"] = encodeURIComponent(finish(id, upload))
    return { status, headers }
  }
  return {
    facilities,
    people,
    cases,
    sessions,
    studies,
    outcomes,
    deliveries,
    audit,
    caseBrief,
    fullCase,
    sessionBrief,
    session,
    excerpt,
    minutesOf,
    documents: {},
    recordings: {
      [cases[0].id]: [
        {
          id: idOf("rec"),
          started_at: sessions[0].starts_at,
          stopped_at: iso(Date.parse(sessions[0].starts_at) + 900_000),
          duration_s: 900,
          state: "ready",
          tracks: [],
          timeline_url: "",
        },
      ],
    },
    series: [
      {
        id: idOf("series"),
        title: "Hội chẩn từ xa hằng tuần",
        hub_id: idOf("LACVIET"),
        weekday: 3,
        start_time: "14:00",
        duration_minutes: 150,
        time_zone: "Asia/Ho_Chi_Minh",
        chair_id: idOf("chair1"),
        secretary_id: idOf("sec1"),
        active: true,
        starts_on: "2026-09-03",
      },
    ],
    calendar: () => ({
      sessions: sessions.map(sessionBrief),
      holidays: [
        { date: "2026-11-24", name: "Ngày Văn hoá Việt Nam" },
        { date: "2027-01-01", name: "Tết Dương lịch" },
      ],
      clashes: [
        {
          series_id: idOf("series"),
          date: "2026-11-24",
          holiday: "Ngày Văn hoá Việt Nam",
          proposals: ["2026-11-23", "2026-11-25"],
        },
      ],
    }),
    newCase: (body, me) => {
      const blank = {
        id: randomUUID(),
        key: "new",
        session_id: body?.session_id ?? null,
        order: null,
        state: "draft",
        facility: me.facility,
        presenter: { id: me.id, full_name: me.full_name },
        patient_full: {
          full_name: "",
          birth_date: null,
          birth_date_precision: "day",
          sex: "U",
          personal_id_number: "",
          health_insurance_number: "",
          local_patient_code: "",
          address: "",
        },
        encounter: {
          medical_record_no: "",
          admission_no: "",
          department: "",
          room: "",
          bed: "",
          admitted_on: null,
        },
        diagnosis: { main_icd10: "", main_text: "", other: [] },
        consultation_reason: "",
        reason_text: "",
        clinical_summary: "",
        treatment_so_far: "",
        questions: [],
        specialties: [],
        urgency: "routine",
        no_images: false,
        version: 1,
        saved_at: iso(Date.now()),
        consent_record: null,
      }
      cases.push(blank)
      return fullCase(blank)
    },
    addToAgenda: item =>
      sessions
        .find(each => each.id === item.session_id)
        .agenda.push({ case_id: item.id, planned_minutes: 15 }),
    saveExcerpt: (id, body) =>
      (excerpts[id] = { ...body, version: body.version + 1, saved_at: iso(Date.now()) }),
    beginUpload: (caseId, headers, raw) => {
      const id = randomUUID()
      const meta = Object.fromEntries(
        (headers["upload-metadata"] ?? "").split(",").map(pair => pair.split(" ")),
      )
      uploads[id] = {
        caseId,
        length: Number(headers["upload-length"]),
        name: Buffer.from(meta.relpath ?? meta.filename ?? "", "base64").toString(),
        data: raw,
      }
      return reply(id, 201)
    },
    continueUpload: (id, offset, raw) => {
      const upload = uploads[id]
      if (offset !== upload.data.length) return { status: 409, headers: {} }
      upload.data = Buffer.concat([upload.data, raw])
      return reply(id, 204)
    },
    uploadOffset: id => ({
      status: uploads[id] ? 200 : 404,
      headers: uploads[id]
        ? {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": String(uploads[id].data.length),
            "Upload-Length": String(uploads[id].length),
          }
        : {},
    }),
  }
}
