import { api } from "@app/api/client"
import { asProblem, type Problem } from "@app/api/problem"
import type { Facility, PacsPeer, Retrieve } from "@app/api/types"
import { ProblemAlert } from "@app/design/problem-alert"
import {
  Button,
  Group,
  Modal,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  Switch,
  TextInput,
} from "@mantine/core"
import { type FormEvent, useState } from "react"
import { useTranslation } from "react-i18next"

type Draft = Omit<PacsPeer, "id" | "has_password"> & { dicomweb_password: string | null }
const NEW: Draft = {
  facility_id: "",
  name: "",
  ae_title: "",
  host: "",
  port: 104,
  tls: false,
  retrieve: "move",
  dicomweb_url: "",
  dicomweb_user: "",
  dicomweb_password: null,
}
const WAYS: Retrieve[] = ["move", "get", "web"]
type Props = {
  peer: PacsPeer | null
  places: Facility[]
  onSaved: () => Promise<unknown>
  onClose: () => void
}

/** How a PACS is reached, and how it calls itself. */
export function PeerForm({ peer, places, onSaved, onClose }: Props) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState<Draft>(() => draftOf(peer))
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const set = (part: Partial<Draft>) => setDraft(before => ({ ...before, ...part }))

  const save = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      await (peer ? api.put(`/api/pacs-peers/${peer.id}`, draft) : api.post("/api/pacs-peers", draft))
      await onSaved()
      onClose()
    } catch (error) {
      setProblem(asProblem(error))
      setBusy(false)
    }
  }
  const text = (field: "name" | "ae_title" | "host" | "dicomweb_url" | "dicomweb_user") => ({
    label: t(`pacs_peer.${field}`),
    value: draft[field],
    autoComplete: "off",
    onChange: (event: { currentTarget: { value: string } }) => set({ [field]: event.currentTarget.value }),
  })

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t(peer ? "pacs_peer.edit" : "pacs_peer.add")}
      closeButtonProps={{ "aria-label": t("common.close") }}
    >
      <form onSubmit={save}>
        <Stack>
          <Select
            label={t("pacs_peer.facility")}
            searchable
            allowDeselect={false}
            value={draft.facility_id || null}
            data={places.map(place => ({ value: place.id, label: place.name }))}
            onChange={facility_id => set({ facility_id: facility_id ?? "" })}
          />
          <TextInput {...text("name")} data-autofocus />
          <Group grow align="flex-start">
            <TextInput {...text("ae_title")} maxLength={16} />
            <TextInput {...text("host")} />
            <NumberInput
              label={t("pacs_peer.port")}
              min={1}
              max={65535}
              value={draft.port}
              onChange={port => set({ port: Number(port) || 1 })}
            />
          </Group>
          <Switch
            label={t("pacs_peer.tls")}
            checked={draft.tls}
            onChange={event => set({ tls: event.currentTarget.checked })}
          />
          <Select
            label={t("pacs_peer.retrieve")}
            allowDeselect={false}
            value={draft.retrieve}
            data={WAYS.map(way => ({ value: way, label: t(`pacs_peer.by_${way}`) }))}
            onChange={way => set({ retrieve: (way ?? "move") as Retrieve })}
          />
          {draft.retrieve === "web" && (
            <>
              <TextInput {...text("dicomweb_url")} placeholder="https://pacs.example.vn/dicom-web/" />
              <Group grow align="flex-start">
                <TextInput {...text("dicomweb_user")} />
                <PasswordInput
                  label={t("pacs_peer.dicomweb_password")}
                  autoComplete="new-password"
                  placeholder={peer?.has_password ? t("pacs_peer.password_kept") : ""}
                  value={draft.dicomweb_password ?? ""}
                  onChange={event => set({ dicomweb_password: event.currentTarget.value })}
                />
              </Group>
            </>
          )}
          <ProblemAlert error={problem} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("common.cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!draft.facility_id || !draft.name.trim()}>
              {t("common.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function draftOf(peer: PacsPeer | null): Draft {
  if (!peer) return NEW
  const { id: _id, has_password: _kept, ...rest } = peer
  return { ...rest, dicomweb_password: null }
}
