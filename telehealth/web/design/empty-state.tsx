import { Stack, Text } from "@mantine/core"
import type { ReactNode } from "react"

/** Nothing here, said plainly, with the next step if there is one. */
export function EmptyState({ text, hint, children }: { text: string; hint?: string; children?: ReactNode }) {
  return (
    <Stack align="flex-start" gap={6} py="md">
      <Text fw={500}>{text}</Text>
      {hint && (
        <Text size="sm" c="dimmed">
          {hint}
        </Text>
      )}
      {children}
    </Stack>
  )
}
