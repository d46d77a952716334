import { asProblem, type Problem } from "@app/api/problem"
import { Alert, Button, Group, List, Text } from "@mantine/core"
import { IconAlertTriangle } from "@tabler/icons-react"
import type { TFunction } from "i18next"
import { useTranslation } from "react-i18next"

/** What happened, what is safe and what to do, in the reader's language; the server's own words for an unknown slug. */
export function problemText(t: TFunction, problem: Problem): string {
  const fallback = [problem.title, problem.detail].filter(Boolean).join(". ")
  const unknown = t("problems.unexpected", { status: problem.status })
  return t(`problems.${problem.slug}`, { ...problem.data, defaultValue: fallback || unknown })
}

type Props = { error: unknown; onRetry?: (() => void) | undefined; onClose?: (() => void) | undefined }

export function ProblemAlert({ error, onRetry, onClose }: Props) {
  const { t } = useTranslation()
  if (!error) return null
  const problem = asProblem(error)
  return (
    <Alert
      color="red"
      role="alert"
      icon={<IconAlertTriangle aria-hidden />}
      withCloseButton={Boolean(onClose)}
      closeButtonLabel={t("common.close")}
      {...(onClose ? { onClose } : {})}
    >
      <Text size="sm">{problemText(t, problem)}</Text>
      {problem.fields.length > 0 && (
        <List size="sm" mt={4}>
          {problem.fields.map(field => (
            <List.Item key={field.pointer}>
              {t(`problems.${field.slug}`, { defaultValue: field.detail || field.slug })}
            </List.Item>
          ))}
        </List>
      )}
      {onRetry && (
        <Group mt="xs">
          <Button size="xs" variant="default" onClick={onRetry}>
            {t("common.retry")}
          </Button>
        </Group>
      )}
    </Alert>
  )
}
