/** Tools of the image area: what the hand does, window presets, turns, running images, layout. */

import { Menu } from "@mantine/core"
import {
  IconAngle,
  IconArrowBackUp,
  IconArrowUpLeft,
  IconCheck,
  IconContrast,
  IconContrast2,
  IconCube,
  IconFlipHorizontal,
  IconFlipVertical,
  IconHandMove,
  IconLayoutBoard,
  IconLayoutColumns,
  IconLayoutGrid,
  IconLink,
  IconMaximize,
  IconOvalVertical,
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPointer,
  IconRefresh,
  IconRotateClockwise,
  IconRuler2,
  IconSquare,
  IconSquareDashed,
  IconStack2,
  IconStar,
  IconStarFilled,
  IconSun,
  IconTypography,
  IconZoomIn,
} from "@tabler/icons-react"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./image-area.module.css"
import { PLANES, type Plane } from "./manifest"
import { nextPlane } from "./planes"
import type { Preset } from "./presets"
import { Choice, type Icon, ToolButton, ToolMenu } from "./tool-buttons"
import { ACTS, type Act, type Command, drawsMark, TOOLS, type Tool } from "./tools"
import type { Layout } from "./view-state"

const TOOL_ICONS: { readonly [tool in Tool]: Icon } = {
  scroll: IconStack2,
  window: IconContrast,
  pan: IconHandMove,
  zoom: IconZoomIn,
  pointer: IconPointer,
  length: IconRuler2,
  angle: IconAngle,
  ellipse: IconOvalVertical,
  roi: IconSquareDashed,
  arrow: IconArrowUpLeft,
  text: IconTypography,
}
const ACT_ICONS: { readonly [act in Act]: Icon } = {
  rotate: IconRotateClockwise,
  flip_h: IconFlipVertical,
  flip_v: IconFlipHorizontal,
  invert: IconContrast2,
  fit: IconMaximize,
  reset: IconRefresh,
}
const LAYOUT_ICONS = [
  [1, IconSquare],
  [2, IconLayoutColumns],
  [4, IconLayoutGrid],
] as const

/** Turns share a menu: they are rare, and the row is for what hands do all day. */
const TURNS: readonly Act[] = ["rotate", "flip_h", "flip_v", "fit"]
const AT_HAND: readonly Act[] = ["invert", "reset"]
const keyOf = (act: Act) => ACTS.find(entry => entry.act === act)?.key ?? ""

const layoutIcon = (layout: Layout) => LAYOUT_ICONS.find(([of]) => of === layout)?.[1] ?? IconSquare

type Props = {
  readonly tool: Tool
  readonly onCommand: (command: Command) => void
  readonly mayMove: boolean
  readonly mayMark: boolean
  readonly mayUndo: boolean
  readonly presets: readonly Preset[]
  /** Images a second of the active viewport; null stands still, undefined: there is but one image. */
  readonly rate: number | null | undefined
  readonly layout: Layout
  readonly onLayout: (layout: Layout) => void
  readonly linked: boolean
  /** The active viewport's plane, and why there is no other; null while it shows nothing. */
  readonly plane: { readonly shown: Plane; readonly refused: string | null } | null
  readonly onPlane: (plane: Plane) => void
  readonly keyImage: boolean | null
  readonly onKeyImage: () => void
  readonly extra?: ReactNode
}

export function ToolBar(props: Props) {
  const { t } = useTranslation("viewer")
  const { onCommand, mayMove } = props
  return (
    <div className={classes.toolsRow}>
      <div
        className={classes.tools}
        role="toolbar"
        aria-label={t("tools.label")}
        // A press by mouse leaves the keyboard with the picture: space then runs images instead of pressing again.
        onMouseDown={event => event.preventDefault()}
      >
        {TOOLS.map(({ tool, key }) => (
          <ToolButton
            key={tool}
            name={t(`tools.${tool}`)}
            shortcut={key}
            icon={TOOL_ICONS[tool]}
            pressed={props.tool === tool}
            disabled={!mayUse(tool)}
            onPress={() => onCommand({ type: "tool", tool })}
          />
        ))}
        <ToolButton
          name={t("tools.undo")}
          shortcut="U"
          icon={IconArrowBackUp}
          disabled={!props.mayUndo}
          onPress={() => onCommand({ type: "undo" })}
        />
        <Divider />
        <Presets {...props} />
        {AT_HAND.map(act => (
          <ToolButton
            key={act}
            name={t(`tools.${act}`)}
            shortcut={keyOf(act)}
            icon={ACT_ICONS[act]}
            disabled={!mayMove}
            onPress={() => onCommand({ type: "act", act })}
          />
        ))}
        <ToolMenu name={t("tools.turn")} icon={IconRotateClockwise} disabled={!mayMove}>
          {TURNS.map(act => (
            <Choice
              key={act}
              icon={ACT_ICONS[act]}
              shortcut={keyOf(act)}
              onPress={() => onCommand({ type: "act", act })}
            >
              {t(`tools.${act}`)}
            </Choice>
          ))}
        </ToolMenu>
        <Divider />
        <Cine {...props} />
        <Divider />
        <ToolMenu name={t("tools.layout")} icon={layoutIcon(props.layout)} disabled={!mayMove}>
          {LAYOUT_ICONS.map(([layout, icon]) => (
            <Choice key={layout} icon={icon} shortcut="" onPress={() => props.onLayout(layout)}>
              {t(`tools.layout_${layout}`)}
            </Choice>
          ))}
          <Menu.Divider />
          <Choice icon={IconLayoutBoard} shortcut="O" onPress={() => onCommand({ type: "hang" })}>
            {t("tools.hang")}
          </Choice>
        </ToolMenu>
        <Planes {...props} />
        {props.layout > 1 && (
          <ToolButton
            name={t("tools.link")}
            shortcut="K"
            icon={IconLink}
            pressed={props.linked}
            disabled={!mayMove}
            onPress={() => onCommand({ type: "link" })}
          />
        )}
        {props.keyImage !== null && (
          <>
            <Divider />
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
    return drawsMark(tool) ? props.mayMark : mayMove
  }
}

const Divider = () => <span className={classes.divider} />

function Cine({ rate, mayMove, onCommand }: Props) {
  const { t } = useTranslation("viewer")
  const running = typeof rate === "number"
  return (
    <ToolButton
      name={t(running ? "tools.cine_stop" : "tools.cine_start")}
      shortcut={t("tools.space")}
      icon={running ? IconPlayerPauseFilled : IconPlayerPlayFilled}
      pressed={running}
      disabled={!mayMove || rate === undefined}
      onPress={() => onCommand({ type: "cine", change: "toggle" })}
    />
  )
}

function Planes({ plane, onPlane, mayMove }: Props) {
  const { t } = useTranslation("viewer")
  return (
    <ToolMenu name={t("plane.menu")} icon={IconCube} disabled={!mayMove || plane === null}>
      {plane?.refused && <Menu.Label maw={280}>{plane.refused}</Menu.Label>}
      {PLANES.map(each => (
        <Choice
          key={each}
          {...(plane?.shown === each ? { icon: IconCheck } : {})}
          shortcut={plane && nextPlane(plane.shown) === each ? "M" : ""}
          disabled={Boolean(plane?.refused) && each !== "acquired"}
          onPress={() => onPlane(each)}
        >
          {t(`plane.${each}`)}
        </Choice>
      ))}
    </ToolMenu>
  )
}

function Presets({ presets, onCommand, mayMove }: Props) {
  const { t } = useTranslation("viewer")
  return (
    <ToolMenu name={t("tools.preset")} icon={IconSun} disabled={!mayMove || presets.length === 0}>
      {presets.map((preset, at) => (
        <Choice key={preset.slug} shortcut={String(at + 1)} onPress={() => onCommand({ type: "preset", at })}>
          {t(`preset.${preset.slug}`)}
        </Choice>
      ))}
    </ToolMenu>
  )
}
