import { api } from "@app/api/client"
import { gateways } from "@app/api/pacs-queries"
import type { Facility, Gateway, GatewayCode } from "@app/api/types"
import { dateTime } from "@app/design/dates"
import { EmptyState } from "@app/design/empty-state"
import { Panel } from "@app/design/page"
import { ProblemAlert } from "@app/design/problem-alert"
import { ReasonDialog } from "@app/design/reason-dialog"
import { StateBadge } from "@app/design/state-badge"
import { useNow } from "@app/design/use-now"
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { bytes } from "@viewer/upload/measures"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "../audit/audit.module.css"
import { CodeDialog, GatewayForm } from "./gateway-dialogs"
import { stateOf, TONES } from "./gateway-state"

type Doing = { act: "add" } | { act: "revoke"; gateway: Gateway } | { act: "code"; made: GatewayCode }

/** The small computers in hospitals that send their images here, and whether they do. */
export function GatewaysPanel({ places }: { places: Facility[] }) {
  const { t } = useTranslation()
  const list = useQuery(gateways)
  const [doing, setDoing] = useState<Doing | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const renew = async (gateway: Gateway) => {
    try {
      const made = await api.post<GatewayCode>(`/api/gateways/${gateway.id}/code`, {})
      setDoing({ act: "code", made })
      await list.refetch()
    } catch (error) {
      setProblem(error)
    }
  }
  return (
    <Panel
      title={t("gateway.title", { count: list.data?.length ?? 0 })}
      aside={
        <Button size="xs" variant="default" onClick={() => setDoing({ act: "add" })}>
          {t("gateway.add")}
        </Button>
      }
    >
      <Stack gap="sm">
        <ProblemAlert error={list.error ?? problem} onRetry={list.refetch} />
        {list.isPending && <Skeleton h={80} />}
        {list.data?.length === 0 && <EmptyState text={t("gateway.none")} />}
        {list.data && list.data.length > 0 && (
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t("gateway.name")}</th>
                <th scope="col">{t("gateway.state")}</th>
                <th scope="col">{t("gateway.acts")}</th>
              </tr>
            </thead>
            <tbody>
              {list.data.map(gateway => (
                <tr key={gateway.id}>
                  <td>
                    {gateway.name}
                    <Text size="sm" c="dimmed">
                      {places.find(place => place.id === gateway.facility_id)?.name}
                    </Text>
                  </td>
                  <td>
                    <State gateway={gateway} />
                  </td>
                  <td>
                    <Group gap={6}>
                      <Button size="xs" variant="default" onClick={() => renew(gateway)}>
                        {t("gateway.code")}
                      </Button>
                      <Button
                        size="xs"
                        variant="subtle"
                        color="gray"
                        onClick={() => setDoing({ act: "revoke", gateway })}
                      >
                        {t("gateway.revoke")}
                      </Button>
                    </Group>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Stack>
      {doing?.act === "add" && (
        <GatewayForm
          places={places}
          onMade={made => {
            setDoing({ act: "code", made })
            void list.refetch()
          }}
          onClose={() => setDoing(null)}
        />
      )}
      {doing?.act === "code" && <CodeDialog made={doing.made} onClose={() => setDoing(null)} />}
      {doing?.act === "revoke" && (
        <ReasonDialog
          title={t("gateway.revoke_title", { name: doing.gateway.name })}
          consequence={t("gateway.revoke_means")}
          act={t("gateway.revoke")}
          danger
          withoutReason
          onAct={() => api.delete(`/api/gateways/${doing.gateway.id}`).then(() => list.refetch())}
          onClose={() => setDoing(null)}
        />
      )}
    </Panel>
  )
}

function State({ gateway }: { gateway: Gateway }) {
  const { t, i18n } = useTranslation()
  const state = stateOf(gateway, useNow(15_000))
  const size = bytes(gateway.waiting_bytes, i18n.language)
  const facts = [
    gateway.waiting_files > 0 && t("gateway.waiting", { count: gateway.waiting_files, size }),
    gateway.refused_files > 0 && t("gateway.refused", { count: gateway.refused_files }),
    gateway.near_packs !== null &&
      t("gateway.near", { count: gateway.near_packs, size: bytes(gateway.near_bytes, i18n.language) }),
    gateway.seen_at && t("gateway.seen", { at: dateTime(gateway.seen_at) }),
  ].filter(Boolean)
  const at = gateway.code_until ? dateTime(gateway.code_until) : ""
  return (
    <>
      <StateBadge tone={TONES[state]}>{t(`gateway.${state}`, { at })}</StateBadge>
      {facts.length > 0 && (
        <Text size="sm" c="dimmed">
          {facts.join(" · ")}
        </Text>
      )}
    </>
  )
}
