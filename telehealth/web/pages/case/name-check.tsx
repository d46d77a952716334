/** The pictures of a series one by one, and the question whether they name the patient. */

import { api } from "@app/api/client"
import { asProblem, type Problem } from "@app/api/problem"
import type { ImageSeries, NameSaid } from "@app/api/types"
import { ProblemAlert } from "@app/design/problem-alert"
import { Button, Group, Modal, Skeleton, Slider, Stack, Text } from "@mantine/core"
import { useQuery } from "@tanstack/react-query"
import { fetchManifest } from "@viewer/image-http"
import type { Manifest } from "@viewer/manifest"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./name-check.module.css"

type Props = {
  readonly caseId: string
  readonly series: ImageSeries
  readonly onSaid: () => Promise<unknown>
  readonly onClose: () => void
}

export const sayName = (caseId: string, series: ImageSeries, said: NameSaid | null) =>
  api.put(`/api/cases/${caseId}/image-series/${series.series_uid}/name`, {
    said,
    image_count: series.image_count,
  })

export function NameCheck({ caseId, series, onSaid, onClose }: Props) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const manifest = useQuery({
    queryKey: ["manifest", series.series_uid, series.published_count],
    queryFn: ({ signal }) => fetchManifest(series.series_uid, signal),
  })
  const say = async (said: NameSaid) => {
    setBusy(true)
    setProblem(null)
    try {
      await sayName(caseId, series, said)
      await onSaid()
      onClose()
    } catch (error) {
      setProblem(asProblem(error))
      setBusy(false)
    }
  }
  return (
    <Modal
      opened
      size="lg"
      onClose={onClose}
      title={t("names.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Stack>
        <Text size="sm">{t("names.question")}</Text>
        <ProblemAlert error={manifest.error} onRetry={manifest.refetch} />
        {manifest.data ? <Pictures of={manifest.data} /> : <Skeleton h={320} />}
        <ProblemAlert error={problem} />
        <Group justify="flex-end">
          <Button variant="default" disabled={busy || !manifest.data} onClick={() => say("name")}>
            {t("names.name")}
          </Button>
          <Button loading={busy} disabled={!manifest.data} onClick={() => say("no_name")}>
            {t("names.no_name")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function Pictures({ of }: { readonly of: Manifest }) {
  const { t } = useTranslation()
  const [at, setAt] = useState(0)
  const count = of.images.length
  const image = of.images[at]
  if (!image) return null
  const instance = `/dicomweb/studies/${of.studyUid}/series/${of.seriesUid}/instances/${image.sopUid}`
  return (
    <figure className={classes.figure}>
      <img
        src={`${instance}/frames/${image.frame}/rendered`}
        alt={t("names.image_of", { number: at + 1, count })}
      />
      {count > 1 && (
        <Slider
          min={1}
          max={count}
          value={at + 1}
          onChange={number => setAt(number - 1)}
          label={null}
          thumbLabel={t("names.choose")}
        />
      )}
      <figcaption>{t("names.image_of", { number: at + 1, count })}</figcaption>
    </figure>
  )
}
