import { api } from "@app/api/client"
import { documents, queryClient } from "@app/api/queries"
import type { Id, NameSaid } from "@app/api/types"
import { date } from "@app/design/dates"
import { DocumentLink } from "@app/design/document-link"
import { ProblemAlert } from "@app/design/problem-alert"
import { Button, FileButton, Group, Text } from "@mantine/core"
import { IconFileTypePdf, IconPlus } from "@tabler/icons-react"
import { useMutation, useQuery } from "@tanstack/react-query"
import { bytes } from "@viewer/upload/measures"
import { useTranslation } from "react-i18next"
import classes from "./case.module.css"

type Props = {
  caseId: string
  editable: boolean
  /** May say whether a document names the patient. */
  judges: boolean
}

/** PDF documents of the record: discharge letters, reports, scans. */
export function Documents({ caseId, editable, judges }: Props) {
  const { t, i18n } = useTranslation()
  const list = useQuery(documents(caseId))
  const again = () => queryClient.invalidateQueries({ queryKey: ["documents", caseId] })
  const add = useMutation({
    mutationFn: async (files: File[]) => {
      for (const file of files) await api.postFile(`/api/cases/${caseId}/documents`, file)
    },
    onSettled: again,
  })
  const say = useMutation({
    mutationFn: (word: { id: Id; said: NameSaid | null }) =>
      api.put(`/api/documents/${word.id}/name`, { said: word.said }),
    onSettled: again,
  })
  if (!editable && !list.data?.length) return null
  return (
    <div>
      <h3>{t("documents.title")}</h3>
      <ProblemAlert error={list.error} onRetry={list.refetch} />
      {list.data?.map((document, index) => (
        <div key={document.id} className={classes.document}>
          <IconFileTypePdf size={22} stroke={1.5} aria-hidden />
          <div>
            <DocumentLink of={document} number={index + 1} />
            <Text size="xs" c="dimmed">
              {[
                document.pages ? t("documents.pages", { count: document.pages }) : "",
                bytes(document.size, i18n.language),
                date(document.added_at),
              ]
                .filter(Boolean)
                .join(" · ")}
            </Text>
            {judges && (
              <Group gap={8}>
                <Text
                  size="xs"
                  c={document.name_said === "no_name" ? "dimmed" : "light-dark(#803a00, #ffc078)"}
                >
                  {t(`documents.said.${document.name_said ?? "nothing"}`)}
                </Text>
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="gray"
                  onClick={() =>
                    say.mutate({ id: document.id, said: document.name_said === "no_name" ? null : "no_name" })
                  }
                >
                  {t(document.name_said === "no_name" ? "documents.take_back" : "documents.no_name")}
                </Button>
              </Group>
            )}
          </div>
        </div>
      ))}
      <ProblemAlert error={say.error} onClose={say.reset} />
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
