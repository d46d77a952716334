import { deliveries } from "@app/api/queries"
import type { Delivery } from "@app/api/types"
import { EmptyState } from "@app/design/empty-state"
import { Page, Panel } from "@app/design/page"
import page from "@app/design/page.module.css"
import { ProblemAlert } from "@app/design/problem-alert"
import { SegmentedControl, Skeleton, Stack } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { DeliveryItem } from "./delivery-item"
import { byCase } from "./order"

const SHOWN = {
  all: () => true,
  needs_person: ({ state }: Delivery) => state === "needs_person",
  on_the_way: ({ state }: Delivery) => state === "planned" || state === "sending" || state === "sent",
  verified: ({ state }: Delivery) => state === "verified",
}
type Shown = keyof typeof SHOWN

/** Whether each result arrived in the record of the hospital that asked, with proof. */
export function ArchivePage() {
  const { t } = useTranslation()
  const list = useQuery(deliveries())
  const [shown, setShown] = useState<Shown>("all")
  const all = list.data ?? []
  const groups = byCase(all.filter(SHOWN[shown]))
  return (
    <Page title={t("nav.archive")} eyebrow={t("archive.purpose")}>
      <Stack gap="md">
        <div className={page.scroller}>
          <SegmentedControl
            aria-label={t("archive.shown")}
            value={shown}
            onChange={value => setShown(value as Shown)}
            data={(Object.keys(SHOWN) as Shown[]).map(value => ({
              value,
              label: t(`archive.show.${value}`, { number: all.filter(SHOWN[value]).length }),
            }))}
            miw={560}
            fullWidth
          />
        </div>
        <ProblemAlert error={list.error} onRetry={list.refetch} />
        {list.isPending && <Skeleton h={300} radius={14} />}
        {list.data && groups.length === 0 && (
          <EmptyState text={t("archive.none")} hint={t("archive.none_hint")} />
        )}
        {groups.map(group => (
          <Panel
            key={group[0]?.case_id}
            title={group[0]?.case_label ?? ""}
            aside={
              <Link to="/cases/$caseId" params={{ caseId: group[0]?.case_id ?? "" }}>
                {t("archive.to_case")}
              </Link>
            }
          >
            {group.map(delivery => (
              <DeliveryItem key={delivery.id} delivery={delivery} />
            ))}
          </Panel>
        ))}
      </Stack>
    </Page>
  )
}
