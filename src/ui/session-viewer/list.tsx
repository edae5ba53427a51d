import type { ComponentChildren } from 'preact'
import { Empty } from '../components/feedback.tsx'
import { type ListPosition, rowHeight, VirtualList } from '../components/virtual-list.tsx'

/** Where each list was left, by its name. */
const positions = new Map<string, ListPosition>()

function positionOf(name: string): ListPosition {
  const position = positions.get(name) ?? { top: 0 }
  positions.set(name, position)
  return position
}

export const List = <Item extends { readonly id: string }>({
  label,
  name,
  items,
  children,
}: {
  readonly label: string
  readonly name: string
  readonly items: readonly Item[]
  readonly children: (item: Item) => ComponentChildren
}) =>
  items.length === 0 ? (
    <Empty title={`No matching ${label.toLowerCase()}.`} />
  ) : (
    <VirtualList
      key={name}
      label={label}
      count={items.length}
      rowHeight={rowHeight.value}
      keyOf={index => items[index]?.id ?? ''}
      renderRow={index => items[index] && children(items[index])}
      position={positionOf(name)}
    />
  )
