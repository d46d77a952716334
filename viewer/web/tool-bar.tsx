/** Tools of the image area: what the hand does, window presets, turns, layout. */

import { ActionIcon, Menu, Tooltip } from "@mantine/core"
import {
  IconArrowUpLeft,
  IconContrast,
  IconContrast2,
  IconFlipHorizontal,
  IconFlipVertical,
  IconHandMove,
  IconLayoutColumns,
  IconLayoutGrid,
  IconPointer,
  IconRefresh,
  IconRotateClockwise,
  IconRuler2,
  IconSquare,
  IconStack2,
  IconStar,
  IconStarFilled,
  IconSun,
  IconTypography,
  IconZoomIn,
} from "@tabler/icons-react"
import type { ComponentType, ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./image-area.module.css"
import type { Preset } from "./presets"
import { ACTS, type Act, TOOLS, type Tool } from "./tools"
import type { Layout } from "./view-state"

type Icon = ComponentType<{ size?: number; "aria-hidden"?: boolean }>

const TOOL_ICONS: { readonly [tool in Tool]: Icon } = {
  scroll: IconStack2,
  window: IconContrast,
  pan: IconHandMove,
  zoom: IconZoomIn,
  pointer: IconPointer,
  length: IconRuler2,
  arrow: IconArrowUpLeft,
  text: IconTypography,
}
const ACT_ICONS: { readonly [act in Act]: Icon } = {
  rotate: IconRotateClockwise,
  flip_h: IconFlipVertical,
  flip_v: IconFlipHorizontal,
  invert: IconContrast2,
  reset: IconRefresh,
}
const LAYOUT_ICONS = [
  [1, IconSquare],
  [2, IconLayoutColumns],
  [4, IconLayoutGrid],
] as const

type Props = {
  readonly tool: Tool
  readonly onTool: (tool: Tool) => void
  readonly mayMove: boolean
  readonly mayMark: boolean
  readonly mayMeasure: boolean
  readonly presets: readonly Preset[]
  readonly onPreset: (preset: Preset) => void
  readonly onAct: (act: Act) => void
  readonly layout: Layout
  readonly onLayout: (layout: Layout) => void
  readonly keyImage: boolean | null
  readonly onKeyImage: () => void
  readonly extra?: ReactNode
}

export function ToolBar(props: Props) {
  const { t } = useTranslation("viewer")
  return (
    <div className={classes.toolsRow}>
      <div className={classes.tools} role="toolbar" aria-label={t("tools.label")}>
        {TOOLS.map(({ tool, key }) => (
          <ToolButton
            key={tool}
            name={toolName(tool)}
            shortcut={key}
            icon={TOOL_ICONS[tool]}
            pressed={props.tool === tool}
            disabled={!mayUse(tool)}
            onPress={() => props.onTool(tool)}
          />
        ))}
        <span className={classes.divider} />
        <Presets {...props} />
        {ACTS.map(({ act, key }) => (
          <ToolButton
            key={act}
            name={t(`tools.${act}`)}
            shortcut={key}
            icon={ACT_ICONS[act]}
            disabled={!props.mayMove}
            onPress={() => props.onAct(act)}
          />
        ))}
        <span className={classes.divider} />
        {LAYOUT_ICONS.map(([layout, icon]) => (
          <ToolButton
            key={layout}
            name={t(`tools.layout_${layout}`)}
            icon={icon}
            pressed={props.layout === layout}
            disabled={!props.mayMove}
            onPress={() => props.onLayout(layout)}
          />
        ))}
        {props.keyImage !== null && (
          <>
            <span className={classes.divider} />
            <ToolButton
              name={t(props.keyImage ? "tools.key_image_on" : "tools.key_image")}
              icon={props.keyImage ? IconStarFilled : IconStar}
              pressed={props.keyImage}
              onPress={props.onKeyImage}
            />
          </>
        )}
      </div>
      {props.extra && <div className={classes.toolsEnd}>{props.extra}</div>}
    </div>
  )

  function mayUse(tool: Tool): boolean {
    if (tool === "pointer") return true
    if (tool === "length") return props.mayMark && props.mayMeasure
    return tool === "arrow" || tool === "text" ? props.mayMark : props.mayMove
  }

  function toolName(tool: Tool): string {
    return tool === "length" && props.mayMark && !props.mayMeasure
      ? t("tools.needs_lossless")
      : t(`tools.${tool}`)
  }
}

type ToolProps = {
  readonly name: string
  readonly shortcut?: string
  readonly icon: Icon
  readonly pressed?: boolean
  readonly disabled?: boolean
  readonly onPress: () => void
}

function ToolButton({ name, shortcut, icon: Picture, pressed, disabled, onPress }: ToolProps) {
  const { t } = useTranslation("viewer")
  const label = shortcut ? t("tools.with_key", { name, key: shortcut }) : name
  return (
    <Tooltip label={label} position="bottom">
      <ActionIcon
        size={38}
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

function Presets({ presets, onPreset, mayMove }: Props) {
  const { t } = useTranslation("viewer")
  return (
    <Menu position="bottom-start" shadow="md">
      <Menu.Target>
        <Tooltip label={t("tools.preset")} position="bottom">
          <ActionIcon
            size={38}
            variant="subtle"
            color="gray.4"
            aria-label={t("tools.preset")}
            disabled={!mayMove || presets.length === 0}
            style={mayMove ? {} : { background: "transparent", opacity: 0.35 }}
          >
            <IconSun size={22} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {presets.map(preset => (
          <Menu.Item key={preset.slug} onClick={() => onPreset(preset)}>
            {t(`preset.${preset.slug}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
