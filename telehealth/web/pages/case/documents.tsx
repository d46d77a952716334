import { api } from "@app/api/client"
import { documents, queryClient } from "@app/api/queries"
import { date } from "@app/design/dates"
import { ProblemAlert } from "@app/design/problem-alert"
import { Button, FileButton, Group, Text } from "@mantine/core"
import { IconFileTypePdf, IconPlus } from "@tabler/icons-react"
import { useMutation, useQuery } from "@tanstack/react-query"
import { bytes } from "@viewer/upload/measures"
import { useTranslation } from "react-i18next"
import classes from "./case.module.css"

/** PDF documents of the record: discharge letters, reports, scans. */
export function Documents({ caseId, editable }: { caseId: string; editable: boolean }) {
  const { t, i18n } = useTranslation()
  const list = useQuery(documents(caseId))
  const add = useMutation({
    mutationFn: async (files: File[]) => {
      for (const file of files) await api.postFile(`/api/cases/${caseId}/documents`, file)
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["documents", caseId] }),
  })
  if (!editable && !list.data?.length) return null
  return (
    <div>
      <h3>{t("documents.title")}</h3>
      <ProblemAlert error={list.error} onRetry={list.refetch} />
      {list.data?.map(document => (
        <div key={document.id} className={classes.document}>
          <IconFileTypePdf size={22} stroke={1.5} aria-hidden />
          <div>
            <a href={`/api/documents/${document.id}`} target="_blank" rel="noreferrer">
              {document.name}
            </a>
            <Text size="xs" c="dimmed">
              {[
                document.pages ? t("documents.pages", { count: document.pages }) : "",
                bytes(document.size, i18n.language),
                date(document.added_at),
              ]
                .filter(Boolean)
                .join(" · ")}
            </Text>
          </div>
        </div>
      ))}
      <ProblemAlert error={add.error} onClose={add.reset} />
      {editable && (
        <Group mt={6}>
          <FileButton
            multiple
            accept="application/pdf"
            onChange={files => files.length > 0 && add.mutate(files)}
          >
            {props => (
              <Button
                {...props}
                size="xs"
                variant="default"
                loading={add.isPending}
                leftSection={<IconPlus size={16} aria-hidden />}
              >
                {t("documents.add")}
              </Button>
            )}
          </FileButton>
          <Text size="xs" c="dimmed">
            {t("documents.limit")}
          </Text>
        </Group>
      )}
    </div>
  )
}
