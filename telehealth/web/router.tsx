import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router"
import { asProblem } from "./api/problem"
import { me, queryClient } from "./api/queries"
import { PageProblem } from "./shell/page-problem"
import { Shell } from "./shell/shell"
import { SignedIn } from "./shell/signed-in"

const root = createRootRouteWithContext<{ queryClient: typeof queryClient }>()({ component: Outlet })

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search.next === "string" && /^\/(?![/\\])/.test(search.next) ? { next: search.next } : {},
  component: lazyRouteComponent(() => import("./pages/login-page"), "LoginPage"),
})

const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  component: SignedIn,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(me)
    } catch (error) {
      if (asProblem(error).status !== 401) throw error
      throw redirect({ to: "/login", search: location.href === "/" ? {} : { next: location.href } })
    }
  },
})

const shell = createRoute({ getParentRoute: () => signedIn, id: "shell", component: Shell })

const week = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/week/week-page"), "WeekPage"),
})
const calendar = createRoute({
  getParentRoute: () => shell,
  path: "/calendar",
  validateSearch: (search: Record<string, unknown>): { month?: string } =>
    typeof search.month === "string" && /^\d{4}-\d{2}$/.test(search.month) ? { month: search.month } : {},
  component: lazyRouteComponent(() => import("./pages/calendar/calendar-page"), "CalendarPage"),
})
const session = createRoute({
  getParentRoute: () => shell,
  path: "/sessions/$sessionId",
  component: lazyRouteComponent(() => import("./pages/session/session-page"), "SessionPage"),
})
const cases = createRoute({
  getParentRoute: () => shell,
  path: "/cases",
  component: lazyRouteComponent(() => import("./pages/cases/cases-page"), "CasesPage"),
})
const oneCase = createRoute({
  getParentRoute: () => shell,
  path: "/cases/$caseId",
  component: lazyRouteComponent(() => import("./pages/case/case-page"), "CasePage"),
})
const minutes = createRoute({
  getParentRoute: () => shell,
  path: "/cases/$caseId/minutes",
  component: lazyRouteComponent(() => import("./pages/minutes/minutes-page"), "MinutesPage"),
})
const lineCheck = createRoute({
  getParentRoute: () => shell,
  path: "/line-check",
  component: lazyRouteComponent(() => import("./pages/line-check/line-check-page"), "LineCheckPage"),
})
const archive = createRoute({
  getParentRoute: () => shell,
  path: "/archive",
  component: lazyRouteComponent(() => import("./pages/archive/archive-page"), "ArchivePage"),
})
const audit = createRoute({
  getParentRoute: () => shell,
  path: "/audit",
  validateSearch: (search: Record<string, unknown>): { case_id?: string } =>
    typeof search.case_id === "string" ? { case_id: search.case_id } : {},
  component: lazyRouteComponent(() => import("./pages/audit/audit-page"), "AuditPage"),
})
const admin = createRoute({
  getParentRoute: () => shell,
  path: "/admin",
  component: lazyRouteComponent(() => import("./pages/admin/admin-page"), "AdminPage"),
})

// The live room and the replay fill the window and bring Cornerstone and livekit-client with them, so only they load those.
const room = createRoute({
  getParentRoute: () => signedIn,
  path: "/room/$sessionId",
  component: lazyRouteComponent(() => import("./room/room-page"), "RoomPage"),
})
const replay = createRoute({
  getParentRoute: () => signedIn,
  path: "/replay/$recordingId",
  validateSearch: (search: Record<string, unknown>): { case_id?: string } =>
    typeof search.case_id === "string" ? { case_id: search.case_id } : {},
  component: lazyRouteComponent(() => import("./room/replay-page"), "ReplayPage"),
})

const inShell = [week, calendar, session, cases, oneCase, minutes, lineCheck, archive, audit, admin]

export const router = createRouter({
  routeTree: root.addChildren([login, signedIn.addChildren([shell.addChildren(inShell), room, replay])]),
  context: { queryClient },
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  defaultErrorComponent: PageProblem,
  defaultNotFoundComponent: () => <PageProblem error={null} />,
  scrollRestoration: true,
})

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router
  }
}
