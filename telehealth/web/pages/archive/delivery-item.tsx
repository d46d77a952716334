import { api } from "@app/api/client"
import { queryClient } from "@app/api/queries"
import type { Delivery } from "@app/api/types"
import { dateTime, time } from "@app/design/dates"
import { ProblemAlert } from "@app/design/problem-alert"
import { ReasonDialog } from "@app/design/reason-dialog"
import { DeliveryBadge } from "@app/design/states"
import { Button, CopyButton, Text } from "@mantine/core"
import { IconCheck, IconCircle } from "@tabler/icons-react"
import { useMutation } from "@tanstack/react-query"
import { bytes } from "@viewer/upload/measures"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./archive.module.css"

const refresh = () => queryClient.invalidateQueries({ queryKey: ["deliveries"] })

/** One thing on its way into a record: planned, sent, verified by reading it back. */
export function DeliveryItem({ delivery }: { delivery: Delivery }) {
  const { t, i18n } = useTranslation()
  const [settling, setSettling] = useState(false)
  const retry = useMutation({
    mutationFn: () => api.post(`/api/deliveries/${delivery.id}/retry`),
    onSuccess: refresh,
  })
  const settle = async (note: string) => {
    await api.post(`/api/deliveries/${delivery.id}/settle`, { note })
    await refresh()
  }
  const trouble = delivery.error_slug && delivery.state !== "verified"

  return (
    <div className={classes.item}>
      <div>
        <Text fw={500}>
          {t(`delivery_kind.${delivery.kind}`)} → {t(`sink.${delivery.sink}`)}
        </Text>
        <Hash delivery={delivery} size={delivery.size ? bytes(delivery.size, i18n.language) : ""} />
      </div>
      <Way delivery={delivery} />
      <div className={classes.acts}>
        <DeliveryBadge state={delivery.state} />
        {delivery.state === "needs_person" && (
          <>
            <Button size="xs" onClick={() => retry.mutate()} loading={retry.isPending}>
              {t("archive.retry")}
            </Button>
            <Button size="xs" variant="default" onClick={() => setSettling(true)}>
              {t("archive.settle")}
            </Button>
          </>
        )}
      </div>
      {trouble && (
        <div className={classes.trouble}>
          {t(`archive.error.${delivery.error_slug}`, { defaultValue: t("archive.error.other") })}
          {delivery.error_detail && ` (${delivery.error_detail})`}{" "}
          {delivery.next_attempt_at &&
            delivery.state !== "needs_person" &&
            t("archive.next_attempt", { time: time(delivery.next_attempt_at) })}
          {delivery.state === "needs_person" && t("archive.tried", { count: delivery.attempts })}
        </div>
      )}
      <ProblemAlert error={retry.error} onClose={retry.reset} />
      {settling && (
        <ReasonDialog
          title={t("archive.settle")}
          consequence={t("archive.settle_means")}
          act={t("archive.settle")}
          onAct={settle}
          onClose={() => setSettling(false)}
        />
      )}
    </div>
  )
}

function Way({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation()
  const steps = [
    { key: "planned", done: true, at: null },
    { key: "sent", done: Boolean(delivery.sent_at), at: delivery.sent_at },
    { key: "verified", done: delivery.state === "verified", at: delivery.verified_at },
  ]
  return (
    <div className={classes.path}>
      {steps.map(step => (
        <span key={step.key} className={classes.step} data-done={step.done || undefined}>
          {step.done ? <IconCheck size={15} aria-hidden /> : <IconCircle size={13} aria-hidden />}
          {t(`archive.step.${step.key}`)}
          {step.at && ` ${dateTime(step.at)}`}
        </span>
      ))}
    </div>
  )
}

function Hash({ delivery, size }: { delivery: Delivery; size: string }) {
  const { t } = useTranslation()
  if (!delivery.sha256) return null
  const hash = delivery.sha256
  return (
    <div className={classes.hash}>
      SHA-256 {hash.slice(0, 12)}…{hash.slice(-6)} {size && `· ${size}`}{" "}
      <CopyButton value={hash}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="subtle" onClick={copy}>
            {t(copied ? "archive.copied" : "archive.copy")}
          </Button>
        )}
      </CopyButton>
    </div>
  )
}
