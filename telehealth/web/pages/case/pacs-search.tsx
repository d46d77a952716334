import { api } from "@app/api/client"
import { asProblem, type Problem } from "@app/api/problem"
import type { CasePeer, Items, PacsStudy } from "@app/api/types"
import { EmptyState } from "@app/design/empty-state"
import { ProblemAlert } from "@app/design/problem-alert"
import { Alert, Button, Checkbox, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core"
import { IconSearch } from "@tabler/icons-react"
import { type FormEvent, useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./pacs.module.css"
import { PacsStudies } from "./pacs-studies"

const WAYS = ["patient_id", "accession_number", "study_uid"] as const
type Way = (typeof WAYS)[number]
type Props = {
  caseId: string
  peers: CasePeer[]
  patientId: string
  onPulled: () => Promise<unknown>
  onClose: () => void
}

/** Searches the hospital's PACS by one number and lets the doctor choose what to fetch. */
export function PacsSearch({ caseId, peers, patientId, onPulled, onClose }: Props) {
  const { t } = useTranslation()
  const [peer, setPeer] = useState(peers[0]?.id ?? "")
  const [by, setBy] = useState<Way>("patient_id")
  const [value, setValue] = useState(patientId)
  const [found, setFound] = useState<PacsStudy[] | null>(null)
  const [chosen, setChosen] = useState<string[]>([])
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)

  const attempt = async (act: () => Promise<void>) => {
    setBusy(true)
    setProblem(null)
    try {
      await act()
    } catch (error) {
      setProblem(asProblem(error))
    } finally {
      setBusy(false)
    }
  }
  const search = (event: FormEvent) => {
    event.preventDefault()
    void attempt(async () => {
      setFound(null)
      setChosen([])
      const path = `/api/cases/${caseId}/pacs/${peer}/search`
      const answer = await api.post<Items<PacsStudy>>(path, { by, value: value.trim() })
      setFound(answer.items)
    })
  }
  const take = () =>
    attempt(async () => {
      const studies = (found ?? [])
        .filter(study => chosen.includes(study.study_uid))
        .map(({ study_uid, description }) => ({ study_uid, description }))
      await api.post(`/api/cases/${caseId}/pulls`, { peer_id: peer, studies })
      await onPulled()
      onClose()
    })

  return (
    <Modal
      opened
      size="xl"
      onClose={onClose}
      title={t("pacs.title")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <Stack gap="md">
        <form onSubmit={search}>
          <Stack gap="sm">
            {peers.length > 1 && (
              <Select
                label={t("pacs.from")}
                allowDeselect={false}
                value={peer}
                data={peers.map(each => ({ value: each.id, label: each.name }))}
                onChange={id => setPeer(id ?? peer)}
              />
            )}
            <Group align="flex-end" gap="sm">
              <Select
                label={t("pacs.by")}
                allowDeselect={false}
                value={by}
                data={WAYS.map(way => ({ value: way, label: t(`pacs.by_${way}`) }))}
                onChange={way => {
                  setBy((way ?? by) as Way)
                  setValue(way === "patient_id" ? patientId : "")
                }}
              />
              <TextInput
                label={t(`pacs.by_${by}`)}
                style={{ flex: 1, minWidth: 180 }}
                value={value}
                maxLength={64}
                autoComplete="off"
                data-autofocus
                onChange={event => setValue(event.currentTarget.value)}
              />
              <Button
                type="submit"
                variant={chosen.length > 0 ? "default" : "filled"}
                loading={busy}
                disabled={value.trim() === ""}
                leftSection={<IconSearch size={18} aria-hidden />}
              >
                {t("pacs.search")}
              </Button>
            </Group>
          </Stack>
        </form>
        {problem?.slug === "pacs-failed" ? (
          <Alert color="red" role="alert" title={t("pacs.not_asked")}>
            <Text size="sm">{t(`pacs.reason.${problem.data.reason}`, t("pacs.reason.other"))}</Text>
          </Alert>
        ) : (
          <ProblemAlert error={problem} />
        )}
        {found?.length === 0 && <EmptyState text={t("pacs.none")} />}
        {found && found.length > 0 && (
          <div className={classes.found}>
            <PacsStudies
              of={found}
              beside={study =>
                study.in_case ? (
                  <Text size="sm" c="dimmed">
                    {t("pacs.in_case")}
                  </Text>
                ) : (
                  <Checkbox
                    size="md"
                    aria-label={t("pacs.choose", { what: study.description || study.study_uid })}
                    checked={chosen.includes(study.study_uid)}
                    onChange={() => toggle(study.study_uid)}
                  />
                )
              }
            />
          </div>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("common.close")}
          </Button>
          {found && found.length > 0 && (
            <Button onClick={take} loading={busy} disabled={chosen.length === 0}>
              {t("pacs.take", { count: chosen.length })}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  )

  function toggle(uid: string): void {
    setChosen(before => (before.includes(uid) ? before.filter(each => each !== uid) : [...before, uid]))
  }
}
