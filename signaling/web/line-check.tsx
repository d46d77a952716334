/** "Kiểm tra điểm cầu": one button, a tick for each part, one sentence of advice. */

import { Alert, Button, Loader, Stack, Text } from "@mantine/core"
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleMinus,
  IconCircleX,
} from "@tabler/icons-react"
import { useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./line-check.module.css"
import type { LineReport, LineVerdict } from "./line-report"
import { type LineDoors, PARTS, type Part, type Progress, runLineCheck } from "./line-run"

type Tone = "good" | "attention" | "bad" | "calm"
type Row = { readonly tone: Tone; readonly words: string; readonly busy: boolean }

const COLORS = { good: "teal", fair: "yellow", bad: "red" } as const
const ICONS = {
  good: IconCircleCheck,
  attention: IconAlertTriangle,
  bad: IconCircleX,
  calm: IconCircleMinus,
} as const
const NOTHING: Progress = { busy: [], found: {} }

type Props = {
  readonly doors: LineDoors
  readonly onProblem: (error: unknown) => void
  readonly quiet?: boolean
}

/** `quiet` where another button is the page's first. */
export function LineCheck({ doors, onProblem, quiet = false }: Props) {
  const { t } = useTranslation("signaling")
  const [progress, setProgress] = useState<Progress | null>(null)
  const [verdict, setVerdict] = useState<LineVerdict | null>(null)
  const running = useRef(false)
  const run = async () => {
    if (running.current) return
    running.current = true
    setVerdict(null)
    setProgress(NOTHING)
    try {
      setVerdict(await runLineCheck(doors, setProgress))
    } catch (error) {
      setProgress(null)
      onProblem(error)
    } finally {
      running.current = false
    }
  }
  const isBusy = progress !== null && verdict === null
  return (
    <Stack gap="md" className={classes.check ?? ""}>
      <Text c="dimmed">{t("line_check.intro")}</Text>
      <Button
        size="md"
        variant={quiet || verdict ? "default" : "filled"}
        onClick={() => void run()}
        data-disabled={isBusy}
        aria-disabled={isBusy}
        className={classes.button ?? ""}
      >
        {t(isBusy ? "line_check.running" : verdict ? "line_check.again" : "line_check.start")}
      </Button>
      {verdict && <Outcome verdict={verdict} />}
      {progress && <Ticks progress={progress} />}
    </Stack>
  )
}

function Outcome({ verdict }: { readonly verdict: LineVerdict }) {
  const { t } = useTranslation("signaling")
  return (
    <Alert color={COLORS[verdict.verdict]} title={t(`line_check.verdict.${verdict.verdict}`)}>
      <Text>{t(`line_check.advice.${verdict.advice}`)}</Text>
      <Text size="sm" mt={4}>
        {t("line_check.stored")}
      </Text>
    </Alert>
  )
}

function Ticks({ progress }: { readonly progress: Progress }) {
  const { t } = useTranslation("signaling")
  return (
    <ul className={classes.list} aria-label={t("line_check.list")}>
      {PARTS.map(part => (
        <Tick key={part} part={part} progress={progress} />
      ))}
    </ul>
  )
}

function Tick({ part, progress }: { readonly part: Part; readonly progress: Progress }) {
  const { t, i18n } = useTranslation("signaling")
  const row = rowOf(part, progress)
  const Icon = row ? ICONS[row.tone] : IconCircleDashed
  const isBusy = progress.busy.includes(part)
  const words = part === "flow" ? flowWords(progress.found, i18n.language) : null
  return (
    <li className={classes.row} data-tone={row?.tone ?? "calm"}>
      {isBusy ? <Loader size={20} aria-hidden /> : <Icon size={22} stroke={1.8} aria-hidden />}
      <span className={classes.name}>{t(`line_check.part.${part}`)}</span>
      <span className={classes.words}>
        {isBusy
          ? t(part === "flow" ? "line_check.flow_busy" : "line_check.state.busy")
          : words
            ? t("line_check.flow", words)
            : part === "browser" && progress.found.browser
              ? progress.found.browser
              : t(`line_check.state.${row?.words ?? "waiting"}`)}
      </span>
    </li>
  )
}

const TONES: { readonly [words: string]: Tone } = {
  ok: "good",
  missing: "attention",
  refused: "bad",
  failed: "attention",
  not_tried: "calm",
}

/** What is known of a part; undefined while it waits. */
function rowOf(part: Part, { found }: Progress): Omit<Row, "busy"> | undefined {
  if (part === "browser")
    return found.browser ? { tone: "good", words: "ok" } : { tone: "attention", words: "unknown" }
  if (part === "flow") {
    if (found.kbit_up === undefined) return undefined
    return found.kbit_up === null ? { tone: "bad", words: "none" } : { tone: "good", words: "ok" }
  }
  const words = found[part]
  return words && { tone: TONES[words] ?? "calm", words }
}

function flowWords(found: Partial<LineReport>, language: string): Record<string, string> | null {
  if (found.kbit_up == null || found.kbit_down == null) return null
  const mbit = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 })
  return {
    up: mbit.format(found.kbit_up / 1000),
    down: mbit.format(found.kbit_down / 1000),
    loss: share.format(Math.max(found.loss_up ?? 0, found.loss_down ?? 0)),
    rtt: found.rtt_ms == null ? "–" : String(found.rtt_ms),
  }
}
