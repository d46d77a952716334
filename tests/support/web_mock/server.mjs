// A stand-in for the server while pages are being drawn: demo cases in memory, no rules. Never shipped, never tested against.
// usage: npm run mock -- path/to/demo_cases.json

import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import { demoState } from "./state.mjs"

const state = demoState(JSON.parse(readFileSync(process.argv[2] ?? "telehealth/demo/cases.json", "utf8")))
const now = () => new Date().toISOString()

const routes = []
const on = (method, path, act) => {
  const names = []
  const pattern = path.replace(/:(\w+)/g, (_, name) => {
    names.push(name)
    return "([^/]+)"
  })
  routes.push({ method, names, pattern: new RegExp(`^${pattern}$`), act })
}
const answer = (status, body, headers = {}) => ({ status, body, headers })
const ok = (body, headers) => answer(200, body, headers)
const problem = (status, slug, more = {}) =>
  answer(status, { type: `/problems/${slug}`, title: slug, status, detail: "", ...more })
const list = items => ok({ items })

const meOf = request => {
  const name = /who=([^;]+)/.exec(request.headers.cookie ?? "")?.[1]
  return state.people.find(person => person.username === name)
}
const brief = item => state.caseBrief(item)

on("POST", "/api/login", ({ body }) => {
  const person = state.people.find(each => each.username === body.username)
  if (!person || body.password === "wrong") return problem(401, "wrong-credentials")
  return ok(
    { person, token: "t" },
    { "Set-Cookie": `who=${person.username}; Path=/; HttpOnly; SameSite=Strict` },
  )
})
on("POST", "/api/logout", () => answer(204, undefined, { "Set-Cookie": "who=; Path=/; Max-Age=0" }))
on("GET", "/api/me", ({ me }) => ok(me))
on("GET", "/api/facilities", () => list(state.facilities))
on("GET", "/api/people", ({ query }) => {
  const role = query.get("role")
  return list(state.people.filter(person => !role || person.roles.includes(role)))
})
on("GET", "/api/sessions/:id/line-checks", () =>
  list(state.facilities.map(each => ({ facility_id: each.id, facility_name: each.name, check: null }))),
)
on("GET", "/api/series", () => list(state.series))
on("POST", "/api/series", ({ body }) => {
  const series = { id: randomUUID(), active: true, time_zone: "Asia/Ho_Chi_Minh", ...body }
  state.series.push(series)
  return answer(201, series)
})
on("PATCH", "/api/series/:id", ({ id, body }) =>
  ok(
    Object.assign(
      state.series.find(each => each.id === id),
      body,
    ),
  ),
)
on("GET", "/api/calendar", () => ok(state.calendar()))
on("GET", "/api/sessions", () => list(state.sessions.map(state.sessionBrief)))
on("GET", "/api/sessions/:id", ({ id }) => ok(state.session(id)))
for (const [act, next] of Object.entries({
  open: "open",
  lock: "agenda_locked",
  start: "live",
  end: "ended",
  cancel: "cancelled",
  postpone: "postponed",
})) {
  on("POST", `/api/sessions/:id/${act}`, ({ id }) => {
    state.sessions.find(each => each.id === id).state = next
    return ok(state.session(id))
  })
}
on("PUT", "/api/sessions/:id/agenda", ({ id, body }) => {
  const session = state.sessions.find(each => each.id === id)
  if (body.version !== session.version) return problem(409, "version-conflict")
  session.version += 1
  session.agenda = body.items
  return ok(state.session(id))
})
on("PUT", "/api/sessions/:id/people", ({ id, body }) => {
  const session = state.sessions.find(each => each.id === id)
  session.people = body.items.map(item => ({ ...item, answer: null }))
  return ok(state.session(id))
})
on("GET", "/api/cases", ({ query, me }) => {
  const mine = query.get("mine")
  return list(
    state.cases
      .filter(item => !mine || item.presenter.id === me.id || me.facility.site_role === "hub")
      .map(brief),
  )
})
on("POST", "/api/cases", ({ body, me }) => answer(201, state.newCase(body, me)))
on("GET", "/api/cases/:id", ({ id }) => {
  const item = state.cases.find(each => each.id === id)
  return item ? ok(state.fullCase(item)) : problem(404, "not-found")
})
on("PATCH", "/api/cases/:id", ({ id, body }) => {
  const item = state.cases.find(each => each.id === id)
  const { version, ...fields } = body
  if (version !== item.version) return problem(409, "version-conflict")
  Object.assign(item, fields, { version: version + 1, saved_at: now() })
  if (fields.questions)
    item.questions = fields.questions.map((each, index) => ({
      ...each,
      id: each.id || randomUUID(),
      number: index + 1,
    }))
  return ok(state.fullCase(item))
})
for (const [act, next] of Object.entries({
  submit: "submitted",
  withdraw: "withdrawn",
  accept: "accepted",
  return: "returned",
  refuse: "refused",
})) {
  on("POST", `/api/cases/:id/${act}`, ({ id, body }) => {
    const item = state.cases.find(each => each.id === id)
    Object.assign(item, { state: next, return_reason: body?.reason ?? null })
    if (act === "accept") state.addToAgenda(item)
    return ok(state.fullCase(item))
  })
}
on("PUT", "/api/cases/:id/consent", ({ id, body }) => {
  const item = state.cases.find(each => each.id === id)
  item.consent_record = body
  return ok(state.fullCase(item))
})
on("DELETE", "/api/cases/:id/consent", ({ id }) => {
  const item = state.cases.find(each => each.id === id)
  item.consent_record = null
  return ok(state.fullCase(item))
})
on("GET", "/api/cases/:id/excerpt", ({ id }) => ok(state.excerpt(id)))
on("PUT", "/api/cases/:id/excerpt", ({ id, body }) => ok(state.saveExcerpt(id, body)))
on("GET", "/api/cases/:id/documents", ({ id }) => list(state.documents[id] ?? []))
on("POST", "/api/cases/:id/documents", ({ id, raw, request, me }) => {
  const name = decodeURIComponent(request.headers["x-file-name"] ?? "")
  if (raw.subarray(0, 5).toString() !== "%PDF-") return problem(422, "not-a-pdf", { name })
  const document = {
    id: randomUUID(),
    name,
    size: raw.length,
    sha256: "ab".repeat(32),
    pages: 2,
    added_at: now(),
    added_by: me.full_name,
  }
  state.documents[id] = [...(state.documents[id] ?? []), document]
  return answer(201, document)
})
on("GET", "/api/cases/:id/studies", ({ id }) => list(state.studies[id] ?? []))
on("POST", "/api/cases/:id/studies/:uid/identity-confirmation", ({ id, uid, me }) => {
  const study = state.studies[id].find(each => each.study_uid === uid)
  Object.assign(study.identity, { status: "confirmed", confirmed_by: me.full_name, confirmed_at: now() })
  return ok(study)
})
on("GET", "/api/cases/:id/uploads", ({ id }) => list(state.outcomes[id] ?? []))
on("POST", "/api/cases/:id/uploads", ({ id, request, raw }) => state.beginUpload(id, request.headers, raw))
on("PATCH", "/api/uploads/:id", ({ id, request, raw }) =>
  state.continueUpload(id, Number(request.headers["upload-offset"]), raw),
)
on("HEAD", "/api/uploads/:id", ({ id }) => state.uploadOffset(id))
on("DELETE", "/api/uploads/:id", () => answer(204))
on("GET", "/api/cases/:id/pacs", () => list([]))
on("GET", "/api/cases/:id/pulls", () => list([]))
on("GET", "/api/cases/:id/arrived-studies", () => list([]))
on("GET", "/api/pacs-peers", () =>
  ok({ items: [], own: { ae_title: "TELEHEALTH", port: 11112, tls_port: 0 } }),
)
on("GET", "/api/cases/:id/minutes", ({ id }) => ok(state.minutesOf(id)))
on("PUT", "/api/cases/:id/minutes", ({ id, body, me }) => {
  const minutes = state.minutesOf(id)
  if (body.version !== minutes.version) return problem(409, "version-conflict")
  Object.assign(minutes, body, {
    version: minutes.version + 1,
    state: "draft",
    saved_at: now(),
    saved_by: me.full_name,
  })
  return ok(minutes)
})
on("POST", "/api/cases/:id/minutes/close", ({ id, me }) =>
  ok(
    Object.assign(state.minutesOf(id), {
      state: "closed",
      closed_at: now(),
      closed_by: me.full_name,
      pdf_sha256: "9f".repeat(32),
    }),
  ),
)
on("GET", "/api/cases/:id/recordings", ({ id }) => list(state.recordings[id] ?? []))
on("GET", "/api/cases/:id/deliveries", ({ id }) => list(state.deliveries.filter(each => each.case_id === id)))
on("GET", "/api/deliveries", () => list(state.deliveries))
on("POST", "/api/deliveries/:id/retry", ({ id }) =>
  ok(
    Object.assign(
      state.deliveries.find(each => each.id === id),
      { state: "sending", error_slug: null },
    ),
  ),
)
on("POST", "/api/deliveries/:id/settle", ({ id, body }) =>
  ok(
    Object.assign(
      state.deliveries.find(each => each.id === id),
      { state: "verified", receipt: body.note, verified_at: now(), error_slug: null },
    ),
  ),
)
on("GET", "/api/audit", () => list(state.audit))

async function readBody(request) {
  const parts = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts)
}

async function handle(request, response) {
  const url = new URL(request.url, "http://mock")
  const raw = await readBody(request)
  const me = meOf(request)
  const isJson = (request.headers["content-type"] ?? "").includes("json")
  let result = problem(404, "not-found")
  if (!me && url.pathname !== "/api/login") result = problem(401, "sign-in")
  else {
    for (const { method, names, pattern, act } of routes) {
      const found = method === request.method && pattern.exec(url.pathname)
      if (!found) continue
      const values = Object.fromEntries(names.map((name, index) => [name, found[index + 1]]))
      const body = isJson && raw.length > 0 ? JSON.parse(raw.toString()) : undefined
      result = act({ ...values, body, raw, me, request, query: url.searchParams })
      break
    }
  }
  const type = result.status >= 400 ? "application/problem+json" : "application/json"
  response.writeHead(result.status, { "Content-Type": type, ...result.headers })
  response.end(result.body === undefined ? undefined : JSON.stringify(result.body))
}

const port = Number(process.env.PORT ?? 8000)
createServer((request, response) => {
  handle(request, response).catch(error => {
    process.stderr.write(`${request.method} ${request.url}: ${error.stack}\n`)
    response.writeHead(500).end()
  })
}).listen(port, "127.0.0.1")
