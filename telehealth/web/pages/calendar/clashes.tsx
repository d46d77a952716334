import { api } from "@app/api/client"
import { asProblem, type Problem } from "@app/api/problem"
import { queryClient } from "@app/api/queries"
import type { Calendar } from "@app/api/types"
import { longDay } from "@app/design/dates"
import { ProblemAlert } from "@app/design/problem-alert"
import { Alert, Button, Group, Text } from "@mantine/core"
import { IconCalendarExclamation } from "@tabler/icons-react"
import { useState } from "react"
import { useTranslation } from "react-i18next"

type Clash = Calendar["clashes"][number]

/** Sessions that fall on a holiday, with the days proposed instead; a person decides. */
export function Clashes({ data, mayDecide }: { data: Calendar; mayDecide: boolean }) {
  return data.clashes.map(clash => (
    <ClashCard key={clash.series_id + clash.date} clash={clash} mayDecide={mayDecide} />
  ))
}

function ClashCard({ clash, mayDecide }: { clash: Clash; mayDecide: boolean }) {
  const { t } = useTranslation()
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState("")

  const decide = async (decision: { kind: "move"; to_date: string } | { kind: "skip" | "keep" }) => {
    setBusy(decision.kind === "move" ? decision.to_date : decision.kind)
    setProblem(null)
    try {
      await api.post(`/api/series/${clash.series_id}/exceptions`, { on: clash.date, ...decision })
      await Promise.all(
        ["calendar", "sessions"].map(key => queryClient.invalidateQueries({ queryKey: [key] })),
      )
    } catch (error) {
      setProblem(asProblem(error))
    } finally {
      setBusy("")
    }
  }

  return (
    <Alert
      color="orange"
      icon={<IconCalendarExclamation aria-hidden />}
      title={t("calendar.clash", { day: longDay(clash.date), holiday: clash.holiday })}
    >
      <Text size="sm">{t(mayDecide ? "calendar.clash_decide" : "calendar.clash_waits")}</Text>
      {mayDecide && (
        <Group mt="xs" gap="xs">
          {clash.proposals.map(date => (
            <Button
              key={date}
              size="xs"
              variant="default"
              loading={busy === date}
              onClick={() => decide({ kind: "move", to_date: date })}
            >
              {t("calendar.move_to", { day: longDay(date) })}
            </Button>
          ))}
          {(["skip", "keep"] as const).map(kind => (
            <Button
              key={kind}
              size="xs"
              variant="default"
              loading={busy === kind}
              onClick={() => decide({ kind })}
            >
              {t(`calendar.${kind}_week`)}
            </Button>
          ))}
        </Group>
      )}
      <ProblemAlert error={problem} />
    </Alert>
  )
}
