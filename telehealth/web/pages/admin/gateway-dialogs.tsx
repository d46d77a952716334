import { api } from "@app/api/client"
import { asProblem, type Problem } from "@app/api/problem"
import type { Facility, GatewayCode } from "@app/api/types"
import { ProblemAlert } from "@app/design/problem-alert"
import { Button, Code, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core"
import { type FormEvent, useState } from "react"
import { useTranslation } from "react-i18next"

type FormProps = { places: Facility[]; onMade: (made: GatewayCode) => void; onClose: () => void }

/** A new gateway: whose it is and what it is called. */
export function GatewayForm({ places, onMade, onClose }: FormProps) {
  const { t } = useTranslation()
  const [name, setName] = useState("")
  const [facility, setFacility] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const save = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    try {
      onMade(await api.post<GatewayCode>("/api/gateways", { name, facility_id: facility }))
    } catch (error) {
      setProblem(asProblem(error))
      setBusy(false)
    }
  }
  return (
    <Modal opened onClose={onClose} title={t("gateway.form.title")}>
      <form onSubmit={save}>
        <Stack>
          <Select
            label={t("gateway.form.place")}
            data={places.map(place => ({ value: place.id, label: place.name }))}
            value={facility}
            onChange={setFacility}
            required
            data-autofocus
          />
          <TextInput
            label={t("gateway.form.name")}
            value={name}
            maxLength={120}
            onChange={event => setName(event.currentTarget.value)}
            required
          />
          <ProblemAlert error={problem} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!facility || name.trim() === ""}>
              {t("gateway.form.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** The code, once, inside the command that uses it. */
export function CodeDialog({ made, onClose }: { made: GatewayCode; onClose: () => void }) {
  const { t } = useTranslation()
  const command = `telehealth gateway enrol --server ${location.origin} --code ${made.code}`
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      closeOnClickOutside={false}
      title={t("gateway.shown.title", { name: made.gateway.name })}
    >
      <Stack>
        <Text fz={24} fw={700} ff="monospace" ta="center">
          {made.code}
        </Text>
        <Text size="sm">{t("gateway.shown.once")}</Text>
        <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {command}
        </Code>
        <Group justify="flex-end">
          <Button onClick={onClose}>{t("gateway.shown.done")}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
