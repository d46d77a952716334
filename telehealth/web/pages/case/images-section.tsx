import { api, OWN_PAGE } from "@app/api/client"
import { caseUploads, queryClient, studies, uploadTotals } from "@app/api/queries"
import type { ImageSeries, Study } from "@app/api/types"
import { dateTime, plainDate } from "@app/design/dates"
import { Panel } from "@app/design/page"
import { ProblemAlert } from "@app/design/problem-alert"
import { ReasonDialog } from "@app/design/reason-dialog"
import { Reports } from "@app/design/reports"
import { useNames } from "@app/design/use-names"
import { Checkbox, Skeleton, Stack, Text } from "@mantine/core"
import { useMutation, useQuery } from "@tanstack/react-query"
import { arriving } from "@viewer/upload/arriving"
import { StudiesList } from "@viewer/upload/studies-list"
import { UploadPanel } from "@viewer/upload/upload-panel"
import { uploaderOf, useSnapshot } from "@viewer/upload/uploads"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { NameCheck, sayName } from "./name-check"
import { PacsPanel } from "./pacs-panel"
import type { SectionProps } from "./section-props"

/** While files are on their way, the page asks for them again. */
const ARRIVING_MS = 3000

type Asking = { act: "confirm" | "remove"; study: Study }

/** Images in, images here, and whether they are this patient's. */
export function ImagesSection({ of, value, set, readOnly }: SectionProps) {
  const { t } = useTranslation()
  const [asking, setAsking] = useState<Asking | null>(null)
  const [looking, setLooking] = useState<ImageSeries | null>(null)
  const takeBack = useMutation({
    mutationFn: (series: ImageSeries) => sayName(of.id, series, null),
    onSettled: () => refresh(of.id),
  })
  const uploader = uploaderOf(of.id, settingsOf(of.id), () => refresh(of.id))
  const { running } = useSnapshot(uploader)
  const totals = useQuery({
    ...uploadTotals(of.id),
    refetchInterval: query => (!running && arriving(query.state.data) ? ARRIVING_MS : false),
  })
  const coming = running ? null : arriving(totals.data)
  const outcomes = useQuery({ ...caseUploads(of.id), refetchInterval: coming ? ARRIVING_MS : false })
  const list = useQuery({
    ...studies(of.id),
    refetchInterval: query =>
      running ||
      coming ||
      query.state.data?.some(study => study.series.some(each => each.state === "receiving"))
        ? ARRIVING_MS
        : false,
  })
  const found = list.data ?? []
  const nameOf = useNames(found.flatMap(study => study.identity.confirmed_by ?? []))

  const act = async (reason: string) => {
    if (!asking) return
    const path = `/api/cases/${of.id}/studies/${asking.study.study_uid}`
    if (asking.act === "confirm") await api.post(`${path}/identity-confirmation`, { reason })
    else await api.delete(path, { reason })
    await refresh(of.id)
  }

  return (
    <Panel id="images" title={t("case.part.images")}>
      <Stack gap="md">
        {of.may.upload && !value.no_images && (
          <>
            <UploadPanel uploader={uploader} outcomes={outcomes.data ?? []} />
            <PacsPanel
              caseId={of.id}
              patientId={value.patient_full?.local_patient_code ?? ""}
              onImages={() => refresh(of.id)}
            />
          </>
        )}
        {coming && <Text role="status">{t("images.arriving", coming)}</Text>}
        <ProblemAlert error={list.error} onRetry={list.refetch} />
        {list.isPending && <Skeleton h={90} />}
        {list.data && found.length === 0 && !coming && !of.may.upload && (
          <Text c="dimmed">{t("images.none")}</Text>
        )}
        <StudiesList
          studies={found.map(study => ({
            ...study,
            identity: { ...study.identity, confirmed_by: nameOf(study.identity.confirmed_by) },
          }))}
          showDate={plainDate}
          showInstant={dateTime}
          onConfirm={of.may.confirm_identity ? study => ask("confirm", study.study_uid) : undefined}
          onRemove={of.may.upload ? study => ask("remove", study.study_uid) : undefined}
          {...(of.may.judge_pixels && {
            onLook: uid => setLooking(seriesOf(uid)),
            onTakeBack: uid => {
              const series = seriesOf(uid)
              if (series) takeBack.mutate(series)
            },
          })}
        />
        <Reports caseId={of.id} heading="h3" />
        <ProblemAlert error={takeBack.error} onClose={takeBack.reset} />
        {!readOnly && found.length === 0 && !running && !coming && (
          <Checkbox
            label={t("images.no_images")}
            checked={value.no_images}
            onChange={event => set({ no_images: event.currentTarget.checked })}
          />
        )}
      </Stack>
      {looking && (
        <NameCheck
          caseId={of.id}
          series={looking}
          onSaid={() => refresh(of.id)}
          onClose={() => setLooking(null)}
        />
      )}
      {asking && (
        <ReasonDialog
          title={t(`images.${asking.act}`)}
          consequence={t(`images.${asking.act}_means`)}
          act={t(`images.${asking.act}`)}
          danger={asking.act === "remove"}
          onAct={act}
          onClose={() => setAsking(null)}
        />
      )}
    </Panel>
  )

  function seriesOf(uid: string): ImageSeries | null {
    return found.flatMap(study => study.series).find(series => series.series_uid === uid) ?? null
  }

  function ask(what: Asking["act"], uid: string): void {
    const study = found.find(each => each.study_uid === uid)
    if (study) setAsking({ act: what, study })
  }
}

const settingsOf = (caseId: string) => ({ endpoint: `/api/cases/${caseId}/uploads`, headers: OWN_PAGE })

const refresh = (caseId: string) =>
  Promise.all(
    ["studies", "uploads", "reports", "case"].map(key =>
      queryClient.invalidateQueries({ queryKey: [key, caseId] }),
    ),
  )
