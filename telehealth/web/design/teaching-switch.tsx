/** One switch for all sites: the patient is shown without a name to all but those who must know. */

import { api } from "@app/api/client"
import { oneCase, queryClient } from "@app/api/queries"
import type { Case } from "@app/api/types"
import { Switch, Text } from "@mantine/core"
import { useMutation } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { ProblemAlert } from "./problem-alert"

export function TeachingSwitch({ of, brief }: { of: Case; brief?: boolean }) {
  const { t } = useTranslation()
  const hide = useMutation({
    mutationFn: (hidden: boolean) => api.put<Case>(`/api/cases/${of.id}/teaching-view`, { hidden }),
    onSuccess: answer => {
      queryClient.setQueryData(oneCase(of.id).queryKey, answer)
      for (const key of ["studies", "documents", "minutes"])
        queryClient.invalidateQueries({ queryKey: [key, of.id] })
    },
  })
  return (
    <>
      <Switch
        label={t("teaching.hide")}
        title={t("teaching.means")}
        checked={hide.isPending ? hide.variables : of.identity_hidden}
        onChange={event => hide.mutate(event.currentTarget.checked)}
        data-act="teaching"
      />
      {!brief && (
        <Text size="sm" c="dimmed">
          {t("teaching.means")}
        </Text>
      )}
      <ProblemAlert error={hide.error} onClose={hide.reset} />
    </>
  )
}
