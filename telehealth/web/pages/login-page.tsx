import { api } from "@app/api/client"
import { asProblem, type Problem } from "@app/api/problem"
import { me, queryClient } from "@app/api/queries"
import type { Person } from "@app/api/types"
import { ProblemAlert } from "@app/design/problem-alert"
import { speak } from "@app/i18n"
import { Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core"
import { getRouteApi, useRouter } from "@tanstack/react-router"
import { type FormEvent, useState } from "react"
import { useTranslation } from "react-i18next"
import classes from "./login-page.module.css"

const route = getRouteApi("/login")

export function LoginPage() {
  const { t, i18n } = useTranslation()
  const { next } = route.useSearch()
  const router = useRouter()
  const [problem, setProblem] = useState<Problem | null>(null)
  const [busy, setBusy] = useState(false)
  const other = i18n.language === "vi" ? "en" : "vi"

  const signIn = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setBusy(true)
    setProblem(null)
    try {
      const body = { username: String(form.get("username")).trim(), password: form.get("password") }
      const { person } = await api.post<{ person: Person }>("/api/login", body)
      queryClient.clear()
      queryClient.setQueryData(me.queryKey, person)
      router.history.push(next ?? "/")
    } catch (error) {
      setProblem(asProblem(error))
      setBusy(false)
    }
  }

  return (
    <main className={classes.page}>
      <Paper component="form" onSubmit={signIn} className={classes.card} withBorder p="xl">
        <Stack>
          <div>
            <Title order={1} size="h2">
              {t("product")}
            </Title>
            <Text c="dimmed">{t("login.purpose")}</Text>
          </div>
          <ProblemAlert error={problem} />
          <TextInput
            name="username"
            label={t("login.username")}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            size="md"
            required
            withAsterisk={false}
            autoFocus
          />
          <PasswordInput
            name="password"
            label={t("login.password")}
            autoComplete="current-password"
            size="md"
            required
            withAsterisk={false}
            visibilityToggleButtonProps={{ "aria-label": t("login.show_password") }}
          />
          <Button type="submit" size="md" loading={busy}>
            {t("login.sign_in")}
          </Button>
          <Text size="sm" c="dimmed">
            {t("login.forgotten")}
          </Text>
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={() => speak(other)}
            lang={other}
            w="fit-content"
          >
            {t("user.switch_language")}
          </Button>
        </Stack>
      </Paper>
    </main>
  )
}
