/** The page is no longer in the room, and why. */

import { Button, Center, Stack, Text } from "@mantine/core"
import { Link } from "@tanstack/react-router"
import { useTranslation } from "react-i18next"

export function Ended({ status, onBack }: { readonly status: string; readonly onBack: () => void }) {
  const { t } = useTranslation("room")
  return (
    <Center h="100dvh" p="md">
      <Stack align="center" maw={520}>
        <Text size="lg" ta="center" role="status">
          {t(`ended.${status}`)}
        </Text>
        {status !== "not-allowed" && <Button onClick={onBack}>{t("enter_again")}</Button>}
        <Button component={Link} to="/" variant="default">
          {t("home")}
        </Button>
      </Stack>
    </Center>
  )
}
