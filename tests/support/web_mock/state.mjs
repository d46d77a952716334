import { randomUUID } from "node:crypto"
import { demoCases, demoStudies, idOf, iso } from "./cases.mjs"
import { demoPapers } from "./papers.mjs"

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

  const cases = demoCases(demo, facilityOf, personOf)
  const ageOf = item =>
    item.patient_full?.birth_date ? 2026 - Number(item.patient_full.birth_date.slice(0, 4)) : null
  const shortName = name =>
    name
      .split(" ")
      .map((word, index) => (index === 0 ? word.toUpperCase() : `${word[0].toUpperCase()}.`))
      .join(" ")
  const studies = demoStudies(cases)

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
  const { excerpts, excerpt, minutesOf, deliveries, audit } = demoPapers({
    cases,
    studies,
    sessions,
    people,
    ageOf,
    caseBrief,
  })
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
