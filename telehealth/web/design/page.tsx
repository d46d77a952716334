import { Text, Title } from "@mantine/core"
import type { ReactNode } from "react"
import { useEffect } from "react"
import { useTranslation } from "react-i18next"
import classes from "./page.module.css"

type PageProps = {
  title: string
  /** A short line above the title: where or when. */
  eyebrow?: ReactNode
  /** Beside the title; at most one of them is the primary button. */
  actions?: ReactNode
  wide?: boolean
  children: ReactNode
}

export function Page({ title, eyebrow, actions, wide, children }: PageProps) {
  const { t } = useTranslation()
  useEffect(() => {
    document.title = `${title} · ${t("product")}`
  }, [title, t])
  return (
    <div className={wide ? `${classes.page} ${classes.wide}` : classes.page}>
      <div className={classes.head}>
        <div>
          {eyebrow && (
            <Text size="sm" c="dimmed" component="div">
              {eyebrow}
            </Text>
          )}
          <Title order={1} className={classes.title ?? ""}>
            {title}
          </Title>
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  )
}

type PanelProps = { title: string; id?: string; aside?: ReactNode; children: ReactNode }

/** One subject of a page, on its own light surface. */
export function Panel({ title, id, aside, children }: PanelProps) {
  return (
    <section className={classes.panel} id={id} aria-label={title}>
      <div className={classes.panelHead}>
        <h2 className={classes.panelTitle} style={{ margin: 0 }}>
          {title}
        </h2>
        {aside}
      </div>
      {children}
    </section>
  )
}
