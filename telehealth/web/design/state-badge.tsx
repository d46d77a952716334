import { Badge, type BadgeProps } from "@mantine/core"
import type { ReactNode } from "react"

export type Tone = "calm" | "active" | "good" | "attention" | "bad"

const COLORS: Record<Tone, string> = {
  calm: "gray",
  active: "lake",
  good: "green",
  attention: "orange",
  bad: "red",
}

/** A state in words; the colour only underlines it. */
export function StateBadge({ tone, children, ...rest }: BadgeProps & { tone: Tone; children: ReactNode }) {
  return (
    <Badge color={COLORS[tone]} variant="light" tt="none" fw={500} size="lg" radius="sm" {...rest}>
      {children}
    </Badge>
  )
}
