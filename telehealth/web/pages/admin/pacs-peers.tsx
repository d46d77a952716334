import { api } from "@app/api/client"
import { pacsPeers } from "@app/api/pacs-queries"
import { asProblem } from "@app/api/problem"
import type { Facility, PacsPeer, PeerCheck } from "@app/api/types"
import { EmptyState } from "@app/design/empty-state"
import { Panel } from "@app/design/page"
import { ProblemAlert, problemText } from "@app/design/problem-alert"
import { ReasonDialog } from "@app/design/reason-dialog"
import { StateBadge } from "@app/design/state-badge"
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "../audit/audit.module.css"
import { PeerForm } from "./peer-form"

type Doing = { act: "add" } | { act: "edit" | "remove"; peer: PacsPeer }

/** The PACS and modalities that may talk to us, and whether each of them answers. */
export function PacsPeersPanel({ places }: { places: Facility[] }) {
  const { t } = useTranslation()
  const list = useQuery(pacsPeers)
  const [doing, setDoing] = useState<Doing | null>(null)
  const placeOf = (peer: PacsPeer) => places.find(place => place.id === peer.facility_id)?.name ?? ""
  const own = list.data?.own
  return (
    <Panel
      title={t("pacs_peer.title", { count: list.data?.items.length ?? 0 })}
      aside={
        <Button size="xs" variant="default" onClick={() => setDoing({ act: "add" })}>
          {t("pacs_peer.add")}
        </Button>
      }
    >
      <Stack gap="sm">
        {own && (
          <Text size="sm" c="dimmed">
            {own.port ? t("pacs_peer.own", own) : t("pacs_peer.own_closed")}
          </Text>
        )}
        <ProblemAlert error={list.error} onRetry={list.refetch} />
        {list.isPending && <Skeleton h={120} />}
        {list.data?.items.length === 0 && <EmptyState text={t("pacs_peer.none")} />}
        {list.data && list.data.items.length > 0 && (
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t("pacs_peer.name")}</th>
                <th scope="col">{t("pacs_peer.place")}</th>
                <th scope="col">{t("pacs_peer.retrieve")}</th>
                <th scope="col">{t("pacs_peer.acts")}</th>
              </tr>
            </thead>
            <tbody>
              {list.data.items.map(peer => (
                <tr key={peer.id}>
                  <td>
                    {peer.name}
                    <Text size="sm" c="dimmed">
                      {placeOf(peer)}
                    </Text>
                  </td>
                  <td>
                    {peer.ae_title}
                    <Text size="sm" c="dimmed">
                      {`${peer.host}:${peer.port}`}
                      {peer.tls && " · TLS"}
                    </Text>
                  </td>
                  <td>{t(`pacs_peer.by_${peer.retrieve}`)}</td>
                  <td>
                    <Group gap={6}>
                      <Check peer={peer} />
                      <Button size="xs" variant="subtle" onClick={() => setDoing({ act: "edit", peer })}>
                        {t("common.edit")}
                      </Button>
                      <Button
                        size="xs"
                        variant="subtle"
                        color="gray"
                        onClick={() => setDoing({ act: "remove", peer })}
                      >
                        {t("common.remove")}
                      </Button>
                    </Group>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Stack>
      {doing && doing.act !== "remove" && (
        <PeerForm
          peer={doing.act === "edit" ? doing.peer : null}
          places={places}
          onSaved={list.refetch}
          onClose={() => setDoing(null)}
        />
      )}
      {doing?.act === "remove" && (
        <ReasonDialog
          title={t("pacs_peer.remove", { name: doing.peer.name })}
          consequence={t("pacs_peer.remove_means")}
          act={t("common.remove")}
          danger
          withoutReason
          onAct={() => api.delete(`/api/pacs-peers/${doing.peer.id}`).then(() => list.refetch())}
          onClose={() => setDoing(null)}
        />
      )}
    </Panel>
  )
}

/** Asks the peer now and says in plain words what came of it. */
function Check({ peer }: { peer: PacsPeer }) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState(false)
  const [result, setResult] = useState<{ good: boolean; words: string } | null>(null)
  const check = async () => {
    setBusy(true)
    setResult(null)
    try {
      const answer = await api.post<PeerCheck>(`/api/pacs-peers/${peer.id}/check`)
      const why = t(`pacs.reason.${answer.reason_slug ?? "other"}`, t("pacs.reason.other"))
      setResult({ good: answer.answered, words: answer.answered ? t("pacs_peer.answers") : why })
    } catch (error) {
      setResult({ good: false, words: problemText(t, asProblem(error)) })
    }
    setBusy(false)
  }
  return (
    <Group gap={6} role="status">
      <Button size="xs" variant="default" loading={busy} onClick={check}>
        {t("pacs_peer.check")}
      </Button>
      {result && <StateBadge tone={result.good ? "good" : "bad"}>{result.words}</StateBadge>}
    </Group>
  )
}
