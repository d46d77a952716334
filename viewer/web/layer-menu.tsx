/** Which of the things that came drawn over the images are shown here, and the images the hospital pointed out. */

import { Menu, UnstyledButton } from "@mantine/core"
import { IconContrast, IconStack3, IconStarFilled } from "@tabler/icons-react"
import { useTranslation } from "react-i18next"
import classes from "./image-area.module.css"
import { isOn, type KeyImage, keyImagesOf, type Layer, type Layers, windowFor } from "./layers"
import type { ImageEntry, Window } from "./manifest"

type Props = {
  readonly layers: Layers
  readonly hidden: ReadonlySet<string>
  readonly image: ImageEntry
  readonly onToggle: (key: string) => void
  /** How a key image of any series is called; null when it is not among the images of the case. */
  readonly nameOf: (key: KeyImage) => string | null
  /** Null where somebody else leads. */
  readonly onGo: ((key: KeyImage) => void) | null
  readonly onWindow: ((window: Window) => void) | null
}

export function LayerMenu(props: Props) {
  const { layers, hidden, image } = props
  const { t } = useTranslation("viewer")
  const keys = keyImagesOf(layers)
  const count = layers.layers.length
  if (count + keys.length + layers.withheld === 0) return null
  const shown = layers.layers.filter(layer => !hidden.has(layer.key)).length
  return (
    <>
      <Menu position="bottom-start" shadow="md" closeOnItemClick={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <UnstyledButton
            className={classes.layers}
            title={t("layers.menu")}
            // The keyboard stays with the picture.
            onMouseDown={event => event.preventDefault()}
          >
            <IconStack3 size={16} aria-hidden />
            <span>{t("layers.short", { shown, count })}</span>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown maw={360} mah="60vh" className={classes.layerList}>
          {count > 0 && <Menu.Label>{t("layers.only_here")}</Menu.Label>}
          {layers.layers.map(layer => (
            <Shown key={layer.key} layer={layer} {...props} />
          ))}
          {layers.layers.map(layer => (
            <ItsWindow key={layer.key} layer={layer} {...props} />
          ))}
          {keys.length > 0 && <KeyImages keys={keys} {...props} />}
          {layers.withheld > 0 && (
            <Menu.Label className={classes.layerWhy}>
              {t("layers.withheld", { count: layers.withheld })}
            </Menu.Label>
          )}
        </Menu.Dropdown>
      </Menu>
      {keys.some(key => isOn(key, image)) && (
        <span className={classes.keyed} title={t("layers.key_image_why")}>
          <IconStarFilled size={13} aria-hidden />
          {t("layers.key_image")}
        </span>
      )}
    </>
  )
}

type OneProps = Props & { readonly layer: Layer }

function Shown({ layer, hidden, onToggle }: OneProps) {
  const { t, i18n } = useTranslation("viewer")
  const kind = t(`layers.${layer.kind}`)
  const said = [
    layer.title && kind,
    layer.description !== layer.title && layer.description,
    layer.at && new Date(layer.at).toLocaleDateString(i18n.language),
    layer.left_out > 0 && t("layers.left_out", { count: layer.left_out }),
  ]
  return (
    <Menu.CheckboxItem
      checked={!hidden.has(layer.key)}
      onChange={() => onToggle(layer.key)}
      rightSection={<i className={classes.swatch} style={{ background: layer.color }} />}
    >
      <span className={classes.layerWords}>
        {layer.title || kind}
        <small>{said.filter(Boolean).join(" · ")}</small>
      </span>
    </Menu.CheckboxItem>
  )
}

/** The brightness that a presentation state asks for is the view's, and for everybody: only when somebody wants it. */
function ItsWindow({ layer, image, onWindow }: OneProps) {
  const { t } = useTranslation("viewer")
  const window = windowFor(layer, image)
  if (!window) return null
  return (
    <Menu.Item
      disabled={!onWindow}
      onClick={() => onWindow?.(window)}
      leftSection={<IconContrast size={16} aria-hidden />}
    >
      {t("layers.window", { name: layer.title || t(`layers.${layer.kind}`), ...window })}
    </Menu.Item>
  )
}

type KeysProps = Props & { readonly keys: readonly KeyImage[] }

function KeyImages({ keys, layers, nameOf, onGo }: KeysProps) {
  const { t } = useTranslation("viewer")
  const why = [...new Set(layers.key_objects.map(one => one.description).filter(Boolean))]
  return (
    <>
      <Menu.Label>{t("layers.key_images")}</Menu.Label>
      {why.map(words => (
        <Menu.Label key={words} className={classes.layerWhy}>
          {words}
        </Menu.Label>
      ))}
      {keys.map(key => (
        <Menu.Item
          key={`${key.sop_uid} ${key.frame}`}
          disabled={!onGo || nameOf(key) === null}
          onClick={() => onGo?.(key)}
          leftSection={<IconStarFilled size={16} aria-hidden />}
        >
          {nameOf(key) ?? t("layers.key_image_elsewhere")}
        </Menu.Item>
      ))}
    </>
  )
}
