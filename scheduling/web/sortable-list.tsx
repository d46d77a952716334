import {
  type Announcements,
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  PointerSensor,
  useSensor,
  useSensors,
} from "@dnd-kit/core"
import {
  SortableContext,
  sortableKeyboardCoordinates,
  useSortable,
  verticalListSortingStrategy,
} from "@dnd-kit/sortable"
import { CSS } from "@dnd-kit/utilities"
import { ActionIcon, Group } from "@mantine/core"
import { IconArrowDown, IconArrowUp, IconGripVertical } from "@tabler/icons-react"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import classes from "./sortable-list.module.css"

type Item = { id: string; name: string }
type Props<T extends Item> = {
  items: T[]
  /** Puts an item at another place, 0 = first. */
  onMove: (id: string, place: number) => void
  render: (item: T, place: number) => ReactNode
  disabled?: boolean
}

/** A list to be put in order by mouse, finger or keyboard; each move is spoken. */
export function SortableList<T extends Item>({ items, onMove, render, disabled = false }: Props<T>) {
  const { t } = useTranslation("scheduling")
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 6 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  )
  const nameOf = (id: string | number) => items.find(item => item.id === id)?.name ?? ""
  const placeOf = (id: string | number) => items.findIndex(item => item.id === id) + 1
  const announcements: Announcements = {
    onDragStart: ({ active }) => t("sort.picked", { name: nameOf(active.id) }),
    onDragOver: ({ active, over }) =>
      over ? t("sort.over", { name: nameOf(active.id), place: placeOf(over.id) }) : undefined,
    onDragEnd: ({ active, over }) =>
      t("sort.dropped", { name: nameOf(active.id), place: placeOf(over?.id ?? active.id) }),
    onDragCancel: ({ active }) => t("sort.cancelled", { name: nameOf(active.id) }),
  }
  const drop = ({ active, over }: DragEndEvent) => {
    if (over && over.id !== active.id) onMove(String(active.id), placeOf(over.id) - 1)
  }

  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      onDragEnd={drop}
      accessibility={{ announcements, screenReaderInstructions: { draggable: t("sort.instructions") } }}
    >
      <SortableContext items={items} strategy={verticalListSortingStrategy} disabled={disabled}>
        <ol className={classes.list}>
          {items.map((item, place) => (
            <Row
              key={item.id}
              item={item}
              place={place}
              last={place === items.length - 1}
              disabled={disabled}
              onMove={onMove}
            >
              {render(item, place)}
            </Row>
          ))}
        </ol>
      </SortableContext>
    </DndContext>
  )
}

type RowProps = {
  item: Item
  place: number
  last: boolean
  disabled: boolean
  onMove: (id: string, place: number) => void
  children: ReactNode
}

function Row({ item, place, last, disabled, onMove, children }: RowProps) {
  const { t } = useTranslation("scheduling")
  const sortable = useSortable({ id: item.id })
  const style = {
    transform: CSS.Translate.toString(sortable.transform),
    transition: sortable.transition ?? "",
  }
  return (
    <li
      ref={sortable.setNodeRef}
      style={style}
      className={classes.row}
      data-dragging={sortable.isDragging || undefined}
    >
      {!disabled && (
        <ActionIcon
          ref={sortable.setActivatorNodeRef}
          {...sortable.attributes}
          {...sortable.listeners}
          variant="subtle"
          color="gray"
          size="lg"
          className={classes.grip ?? ""}
          aria-label={t("sort.grip", { name: item.name })}
        >
          <IconGripVertical size={18} aria-hidden />
        </ActionIcon>
      )}
      <div className={classes.body}>{children}</div>
      {!disabled && (
        <Group gap={2} wrap="nowrap" className={classes.steps ?? ""}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            disabled={place === 0}
            aria-label={t("sort.up", { name: item.name })}
            onClick={() => onMove(item.id, place - 1)}
          >
            <IconArrowUp size={18} aria-hidden />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            disabled={last}
            aria-label={t("sort.down", { name: item.name })}
            onClick={() => onMove(item.id, place + 1)}
          >
            <IconArrowDown size={18} aria-hidden />
          </ActionIcon>
        </Group>
      )}
    </li>
  )
}
