import { api } from "@app/api/client"
import { oneCase, queryClient } from "@app/api/queries"
import type { Case, Consent, ConsentForm } from "@app/api/types"
import { dateTime } from "@app/design/dates"
import { Panel } from "@app/design/page"
import { ReasonDialog } from "@app/design/reason-dialog"
import { StateBadge } from "@app/design/state-badge"
import { Button, Group, Stack, Text } from "@mantine/core"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ConsentFormFields } from "./consent-form"
import { Facts } from "./facts"

/** The gate: nothing of the patient leaves the hospital before it stands open. */
export function ConsentSection({ of }: { of: Case }) {
  const { t } = useTranslation()
  const [editing, setEditing] = useState(false)
  const [withdrawing, setWithdrawing] = useState(false)
  const standing = of.consent !== "none" ? of.consent_record : null
  const stored = (answer: Case) => {
    queryClient.setQueryData(oneCase(of.id).queryKey, answer)
    setEditing(false)
  }
  const file = async (form: ConsentForm) => stored(await api.put<Case>(`/api/cases/${of.id}/consent`, form))
  const withdraw = async (reason: string) =>
    stored(await api.delete<Case>(`/api/cases/${of.id}/consent`, { reason }))

  return (
    <Panel id="consent" title={t("case.part.consent")} aside={<Gate of={of} />}>
      {standing && !editing && <Filed consent={standing} />}
      {!standing && of.consent_record?.withdrawn_at && (
        <Text size="sm">
          {t("consent.withdrawn", {
            at: dateTime(of.consent_record.withdrawn_at),
            reason: of.consent_record.withdrawal_reason ?? "",
          })}
        </Text>
      )}
      {of.may.consent && (!standing || editing) && (
        <ConsentFormFields
          of={of}
          onFile={file}
          {...(editing ? { onCancel: () => setEditing(false) } : {})}
        />
      )}
      {of.may.consent && standing && !editing && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={() => setEditing(true)}>
            {t("consent.replace")}
          </Button>
          <Button size="xs" variant="subtle" color="red" onClick={() => setWithdrawing(true)}>
            {t("consent.withdraw")}
          </Button>
        </Group>
      )}
      {withdrawing && (
        <ReasonDialog
          title={t("consent.withdraw")}
          consequence={t("consent.withdraw_means")}
          act={t("consent.withdraw")}
          danger
          onAct={withdraw}
          onClose={() => setWithdrawing(false)}
        />
      )}
    </Panel>
  )
}

function Gate({ of }: { of: Case }) {
  const { t } = useTranslation()
  if (of.consent === "none") return <StateBadge tone="attention">{t("consent.gate.none")}</StateBadge>
  return (
    <Group gap={6}>
      <StateBadge tone="good">{t(`consent.gate.${of.consent}`)}</StateBadge>
      <StateBadge tone={of.may_record ? "good" : "calm"}>
        {t(of.may_record ? "consent.may_record" : "consent.no_record")}
      </StateBadge>
    </Group>
  )
}

function Filed({ consent }: { consent: Consent }) {
  const { t } = useTranslation()
  const purposes = (["share", "record", "teaching"] as const).filter(purpose => consent[purpose])
  return (
    <Stack gap="xs">
      <Facts
        facts={[
          [t("consent.basis"), t(`consent.bases.${consent.basis}`)],
          [
            t("consent.by"),
            [t(`consent.givers.${consent.given_by}`), consent.giver_name, consent.relation]
              .filter(Boolean)
              .join(", "),
          ],
          [t("consent.method"), t(`consent.methods.${consent.method}`)],
          [t("consent.at"), dateTime(consent.given_at)],
          [t("consent.purposes"), purposes.map(purpose => t(`consent.purpose.${purpose}`)).join("\n")],
          [t("consent.emergency_reason"), consent.emergency_reason ?? ""],
        ]}
      />
    </Stack>
  )
}
