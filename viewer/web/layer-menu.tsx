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

export function LayerMenu({ layers, hidden, image, onToggle, nameOf, onGo, onWindow }: Props) {
  const { t } = useTranslation("viewer")
  const keys = keyImagesOf(layers)
  const shown = layers.layers.filter(layer => !hidden.has(layer.key)).length
  if (layers.layers.length + keys.length + layers.withheld === 0) return null
  const windows = layers.layers.flatMap(layer => {
    const window = windowFor(layer, image)
    return window ? [{ layer, window }] : []
  })
  return (
    <>
      <Menu position="bottom-start" shadow="md" closeOnItemClick={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <UnstyledButton
            className={classes.layers}
            title={t("layers.menu")}
            onMouseDown={event => event.preventDefault()}
          >
            <IconStack3 size={16} aria-hidden />
            <span>{t("layers.short", { shown, count: layers.layers.length })}</span>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown maw={360} mah="60vh" className={classes.layerList}>
          {layers.layers.length > 0 && <Menu.Label>{t("layers.only_here")}</Menu.Label>}
          {layers.layers.map(layer => (
            <Menu.CheckboxItem
              key={layer.key}
              checked={!hidden.has(layer.key)}
              onChange={() => onToggle(layer.key)}
              rightSection={<i className={classes.swatch} style={{ background: layer.color }} />}
            >
              <LayerWords layer={layer} />
            </Menu.CheckboxItem>
          ))}
          {windows.map(({ layer, window }) => (
            <Menu.Item
              key={`window ${layer.key}`}
              disabled={!onWindow}
              onClick={() => onWindow?.(window)}
              leftSection={<IconContrast size={16} aria-hidden />}
            >
              {t("layers.window", { name: titleOf(layer, t), ...window })}
            </Menu.Item>
          ))}
          {keys.length > 0 && <Menu.Label>{t("layers.key_images")}</Menu.Label>}
          {layers.key_objects.map(({ description, images }) =>
            description ? (
              <Menu.Label key={images.map(key => key.sop_uid).join()} className={classes.layerWhy}>
                {description}
              </Menu.Label>
            ) : null,
          )}
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

type Translate = ReturnType<typeof useTranslation>["t"]

const titleOf = (layer: Layer, t: Translate): string => layer.title || t(`layers.${layer.kind}`)

function LayerWords({ layer }: { readonly layer: Layer }) {
  const { t, i18n } = useTranslation("viewer")
  const day = layer.at && new Date(layer.at).toLocaleDateString(i18n.language)
  const said = [
    layer.title && t(`layers.${layer.kind}`),
    layer.description !== layer.title && layer.description,
    day,
  ]
  return (
    <span className={classes.layerWords}>
      {titleOf(layer, t)}
      <small>
        {said.filter(Boolean).join(" · ")}
        {layer.left_out > 0 && ` · ${t("layers.left_out", { count: layer.left_out })}`}
      </small>
    </span>
  )
}
