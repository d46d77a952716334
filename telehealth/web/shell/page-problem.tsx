import { ProblemAlert } from "@app/design/problem-alert"
import { Button, Container, Stack, Title } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { useTranslation } from "react-i18next"

type Props = { error: unknown; reset?: () => void }

/** A page that could not be shown; null means that there is none at this address. */
export function PageProblem({ error, reset }: Props) {
  const { t } = useTranslation()
  return (
    <Container size="sm" py="xl" component="main">
      <Stack align="flex-start">
        <Title order={1} size="h2">
          {t(error ? "page_problem.title" : "page_problem.nothing_here")}
        </Title>
        <ProblemAlert error={error} onRetry={reset ?? (() => window.location.reload())} />
        <Button component={Link} to="/" variant="default">
          {t("page_problem.home")}
        </Button>
      </Stack>
    </Container>
  )
}
