import { api } from "@app/api/client"
import { queryClient } from "@app/api/queries"
import type { Person } from "@app/api/types"
import { type Language, speak } from "@app/i18n"
import {
  Avatar,
  Group,
  Menu,
  Text,
  UnstyledButton,
  useMantineColorScheme,
  VisuallyHidden,
} from "@mantine/core"
import { IconLanguage, IconLogout, IconMoon, IconNetwork, IconSun } from "@tabler/icons-react"
import { Link, useNavigate } from "@tanstack/react-router"
import { endKeeping } from "@viewer/keep/keeping"
import { useTranslation } from "react-i18next"
import classes from "./shell.module.css"
import { givenName } from "./who"

/** Name, language, light or dark, sign out. */
export function UserMenu({ person }: { person: Person }) {
  const { t, i18n } = useTranslation()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const navigate = useNavigate()
  const dark = colorScheme === "dark"
  const other: Language = i18n.language === "vi" ? "en" : "vi"

  const signOut = async () => {
    await endKeeping()
    await api.post("/api/logout").catch(() => undefined) // the cookie may be gone already
    queryClient.clear()
    navigate({ to: "/login" })
  }

  return (
    <Menu position="top-start" width={240} shadow="md">
      <Menu.Target>
        <UnstyledButton p={6} w="100%">
          <Group gap={10} wrap="nowrap">
            <Avatar radius="xl" color="lake" size={36} aria-hidden>
              {givenName(person.full_name).slice(0, 1).toLocaleUpperCase("vi")}
            </Avatar>
            <VisuallyHidden>{t("user.menu")}</VisuallyHidden>
            <div className={classes.meText}>
              <Text size="sm" fw={600} truncate>
                {person.full_name}
              </Text>
              <Text size="xs" c="dimmed" truncate>
                {person.facility.name}
              </Text>
            </div>
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconNetwork size={18} />} component={Link} to="/line-check">
          {t("nav.line_check")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLanguage size={18} />} onClick={() => speak(other)} lang={other}>
          {t("user.switch_language")}
        </Menu.Item>
        <Menu.Item
          leftSection={dark ? <IconSun size={18} /> : <IconMoon size={18} />}
          onClick={() => setColorScheme(dark ? "light" : "dark")}
        >
          {t(dark ? "user.light" : "user.dark")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={18} />} onClick={signOut}>
          {t("user.sign_out")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
