import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core"
import { IconCloudUpload, IconFolderOpen } from "@tabler/icons-react"
import { type DragEvent, useEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { type Found, fromDrop, fromInput } from "./collect"
import { bytes, left } from "./measures"
import { type Outcome, refusals } from "./queue"
import { recall } from "./remembered"
import classes from "./upload-panel.module.css"
import type { Snapshot, Uploader } from "./uploader"
import { useSnapshot } from "./uploads"

/** Takes a folder, a ZIP, a DICOMDIR disc or single files; says what travels, what arrived and what was refused and why. */
export function UploadPanel({ uploader, outcomes }: { uploader: Uploader; outcomes: readonly Outcome[] }) {
  const snapshot = useSnapshot(uploader)
  return (
    <Stack gap="sm">
      <DropZone onFound={found => uploader.add(found)} />
      <CutOff uploader={uploader} snapshot={snapshot} />
      {snapshot.sum.files > 0 && <Travelling uploader={uploader} snapshot={snapshot} />}
      <Refused snapshot={snapshot} outcomes={outcomes} />
    </Stack>
  )
}

function DropZone({ onFound }: { onFound: (found: Found[]) => void }) {
  const { t } = useTranslation("submission")
  const [over, setOver] = useState(false)
  const [empty, setEmpty] = useState(false)
  const folder = useRef<HTMLInputElement>(null)
  const files = useRef<HTMLInputElement>(null)
  useEffect(() => folder.current?.setAttribute("webkitdirectory", ""), [])

  const take = (found: Found[]) => {
    setEmpty(found.length === 0)
    if (found.length > 0) onFound(found)
  }
  const drop = async (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    take(await fromDrop(event.dataTransfer))
  }
  const chosen = (input: HTMLInputElement) => {
    if (input.files) take(fromInput(input.files))
    input.value = ""
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut; the buttons inside do the same by keyboard
    <div
      className={classes.zone}
      data-over={over || undefined}
      onDragOver={event => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <IconCloudUpload size={34} stroke={1.4} aria-hidden />
      <Text fw={500}>{t("upload.drop")}</Text>
      <Text size="sm" c="dimmed">
        {t("upload.kinds")}
      </Text>
      <Group justify="center" gap="xs">
        <Button
          variant="default"
          leftSection={<IconFolderOpen size={18} aria-hidden />}
          onClick={() => folder.current?.click()}
        >
          {t("upload.choose_folder")}
        </Button>
        <Button variant="default" onClick={() => files.current?.click()}>
          {t("upload.choose_files")}
        </Button>
      </Group>
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        aria-label={t("upload.choose_folder")}
        data-testid="upload-folder"
        onChange={event => chosen(event.currentTarget)}
      />
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label={t("upload.choose_files")}
        data-testid="upload-files"
        onChange={event => chosen(event.currentTarget)}
      />
      {empty && (
        <Text size="sm" role="alert">
          {t("upload.nothing_found")}
        </Text>
      )}
    </div>
  )
}

type Props = { uploader: Uploader; snapshot: Snapshot }

/** After a reload the browser has let go of the files: say what is left and how to go on. */
function CutOff({ uploader, snapshot }: Props) {
  const { t } = useTranslation("submission")
  const [batch] = useState(() => recall(uploader.caseId))
  if (!batch || batch.left === 0 || snapshot.sum.files > 0) return null
  return (
    <Alert color="orange" title={t("upload.cut_off", { count: batch.left })}>
      <Text size="sm">{t("upload.cut_off_how", { folder: batch.folder })}</Text>
    </Alert>
  )
}

function Travelling({ uploader, snapshot }: Props) {
  const { t, i18n } = useTranslation("submission")
  const { sum, running } = snapshot
  const percent = sum.bytes > 0 ? (100 * sum.sentBytes) / sum.bytes : 100
  const show = (count: number) => bytes(count, i18n.language)
  const pace = (): string => {
    if (snapshot.offline) return t("upload.offline")
    if (snapshot.perSecond === null || snapshot.secondsLeft === null) return t("upload.measuring")
    const rest = left(snapshot.secondsLeft)
    return t("upload.pace", {
      rate: show(snapshot.perSecond),
      left: t(`upload.left_${rest.key}`, { count: rest.count }),
    })
  }
  return (
    <Stack gap={6}>
      <Progress
        value={percent}
        size="lg"
        animated={running}
        color={sum.failed > 0 && !running ? "orange" : "lake"}
        aria-label={t("upload.progress")}
      />
      <div className={classes.numbers} role="status" aria-live="polite">
        <Text size="sm" fw={500}>
          {running
            ? t("upload.sending", {
                done: sum.done,
                files: sum.files,
                sent: show(sum.sentBytes),
                bytes: show(sum.bytes),
              })
            : summary(sum)}
        </Text>
        {running && (
          <Text size="sm" c="dimmed">
            {pace()}
          </Text>
        )}
      </div>
      <Group gap="xs">
        {snapshot.failed.length > 0 && !running && (
          <Button size="xs" onClick={() => uploader.retryFailed()}>
            {t("upload.go_on", { count: snapshot.failed.length })}
          </Button>
        )}
        {running ? (
          <Button size="xs" variant="default" onClick={() => uploader.stop()}>
            {t("upload.stop")}
          </Button>
        ) : (
          <Button size="xs" variant="default" onClick={() => uploader.clear()}>
            {t("upload.clear")}
          </Button>
        )}
      </Group>
    </Stack>
  )

  function summary({ stored, duplicate, refused, failed }: Snapshot["sum"]): string {
    const parts = [
      t("upload.stored", { count: stored }),
      duplicate > 0 ? t("upload.duplicate", { count: duplicate }) : "",
      refused > 0 ? t("upload.refused", { count: refused }) : "",
      failed > 0 ? t("upload.failed", { count: failed }) : "",
    ]
    return parts.filter(Boolean).join(" · ")
  }
}

const SHOWN_AT_FIRST = 5

type RefusedProps = { snapshot: Snapshot; outcomes: readonly Outcome[] }

/** Refusals of this visit, and those the server remembers: of earlier ones and of files inside an archive. */
function Refused({ snapshot, outcomes }: RefusedProps) {
  const { t } = useTranslation("submission")
  const [all, setAll] = useState(false)
  const refused = refusals(snapshot.refused, outcomes)
  if (refused.length === 0) return null
  const good = outcomes.filter(each => each.state === "stored" || each.state === "duplicate").length
  const shown = all ? refused : refused.slice(0, SHOWN_AT_FIRST)
  return (
    <Alert
      color="orange"
      title={t("upload.refused_title", { count: refused.length })}
      data-testid="upload-refused"
    >
      <Text size="sm">{t("upload.refused_rest", { count: Math.max(good, snapshot.sum.stored) })}</Text>
      <ul className={classes.list}>
        {shown.map(each => (
          <li key={each.name}>
            {each.name}: {t(`upload.reason.${each.reason}`, { defaultValue: t("upload.reason.other") })}
          </li>
        ))}
      </ul>
      {refused.length > shown.length && (
        <Button size="xs" variant="default" mt="xs" onClick={() => setAll(true)}>
          {t("upload.show_all", { count: refused.length })}
        </Button>
      )}
    </Alert>
  )
}
