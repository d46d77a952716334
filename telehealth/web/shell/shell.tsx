import type { Person } from "@app/api/types"
import { Center, Loader } from "@mantine/core"
import {
  IconArchive,
  IconCalendar,
  IconClipboardHeart,
  IconHome,
  IconListSearch,
  IconSettings,
} from "@tabler/icons-react"
import { Link, Outlet } from "@tanstack/react-router"
import { Suspense } from "react"
import { useTranslation } from "react-i18next"
import classes from "./shell.module.css"
import { UploadsNotice } from "./uploads-notice"
import { UserMenu } from "./user-menu"
import { mayAdminister, maySeeAudit, useMe } from "./who"

const places = (person: Person) =>
  [
    { to: "/", key: "week", Icon: IconHome, show: true },
    { to: "/calendar", key: "calendar", Icon: IconCalendar, show: true },
    { to: "/cases", key: "cases", Icon: IconClipboardHeart, show: true },
    { to: "/archive", key: "archive", Icon: IconArchive, show: true },
    { to: "/audit", key: "audit", Icon: IconListSearch, show: maySeeAudit(person) },
    { to: "/admin", key: "admin", Icon: IconSettings, show: mayAdminister(person) },
  ].filter(place => place.show)

/** The calm frame around every page: where I am, where I can go, who I am. */
export function Shell() {
  const { t } = useTranslation()
  const person = useMe()
  const links = places(person).map(({ to, key, Icon }) => (
    <Link key={key} to={to} className={classes.link} activeOptions={{ exact: to === "/" }}>
      <Icon size={22} stroke={1.7} aria-hidden />
      {t(`nav.${key}`)}
    </Link>
  ))
  return (
    <div className={classes.frame}>
      <a className="skip-link" href="#main">
        {t("nav.skip")}
      </a>
      <header className={classes.side}>
        <Link to="/" className={classes.brand}>
          <img src={new URL("../favicon.svg", import.meta.url).href} width={28} height={28} alt="" />
          {t("product")}
        </Link>
        <nav aria-label={t("nav.label")}>{links}</nav>
        <UploadsNotice />
        <div className={classes.me}>
          <UserMenu person={person} />
        </div>
      </header>
      <main id="main" className={classes.main} tabIndex={-1}>
        <Suspense fallback={<Waiting />}>
          <Outlet />
        </Suspense>
      </main>
      <nav className={classes.bottom} aria-label={t("nav.label")}>
        {links}
      </nav>
    </div>
  )
}

function Waiting() {
  const { t } = useTranslation()
  return (
    <Center h="40dvh">
      <Loader aria-label={t("common.loading")} />
    </Center>
  )
}
