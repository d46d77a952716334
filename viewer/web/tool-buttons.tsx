/** The parts a row of tools is made of: a button, a menu, a choice in it. */

import { ActionIcon, Menu, Tooltip } from "@mantine/core"
import type { ComponentType, ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./image-area.module.css"

export type Icon = ComponentType<{ size?: number; "aria-hidden"?: boolean }>

type ToolProps = {
  readonly name: string
  readonly shortcut?: string
  readonly icon: Icon
  readonly pressed?: boolean
  readonly disabled?: boolean
  readonly onPress: () => void
}

export function ToolButton({ name, shortcut, icon: Picture, pressed, disabled, onPress }: ToolProps) {
  const { t } = useTranslation("viewer")
  const label = shortcut ? t("tools.with_key", { name, key: shortcut }) : name
  return (
    <Tooltip label={label} position="bottom">
      <ActionIcon
        variant={pressed ? "filled" : "subtle"}
        color={pressed ? "lake.6" : "gray.4"}
        aria-label={name}
        aria-pressed={pressed}
        disabled={disabled ?? false}
        onClick={onPress}
        style={disabled ? { background: "transparent", opacity: 0.35 } : {}}
      >
        <Picture size={22} aria-hidden />
      </ActionIcon>
    </Tooltip>
  )
}

type MenuProps = {
  readonly name: string
  readonly icon: Icon
  readonly disabled: boolean
  readonly children: ReactNode
}

export function ToolMenu({ name, icon: Picture, disabled, children }: MenuProps) {
  return (
    <Menu position="bottom-start" shadow="md">
      <Menu.Target>
        <Tooltip label={name} position="bottom">
          <ActionIcon
            variant="subtle"
            color="gray.4"
            aria-label={name}
            disabled={disabled}
            style={disabled ? { background: "transparent", opacity: 0.35 } : {}}
          >
            <Picture size={22} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  )
}

type ChoiceProps = {
  readonly icon?: Icon
  readonly shortcut: string
  readonly disabled?: boolean
  readonly onPress: () => void
  readonly children: ReactNode
}

export function Choice({ icon: Picture, shortcut, disabled, onPress, children }: ChoiceProps) {
  return (
    <Menu.Item
      onClick={onPress}
      disabled={disabled ?? false}
      leftSection={Picture && <Picture size={18} aria-hidden />}
      rightSection={shortcut && <kbd className={classes.key}>{shortcut}</kbd>}
    >
      {children}
    </Menu.Item>
  )
}
