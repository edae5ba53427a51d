import { signal } from '@preact/signals'
import type { ComponentChildren, RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

type RowFocus = {
  readonly row: () => number | undefined
  readonly moveTo: (index: number, key: string) => void
  readonly onFocusIn: (event: FocusEvent) => void
  readonly onFocusOut: (event: FocusEvent) => void
}

/**
 * Keeps the focus on the same row while rows are added and removed around it. A browser drops the focus when the
 * focused element is moved or replaced, and the next key would have no target.
 */
function useRowFocus(frame: RefObject<HTMLElement | null>, saved: { key?: string | undefined }): RowFocus {
  const focused = useRef<{ readonly key: string; readonly index: number } | undefined>(
    saved.key === undefined ? undefined : { key: saved.key, index: 0 },
  )
  const setFocused = (row: typeof focused.current) => {
    focused.current = row
    saved.key = row?.key
  }

  useLayoutEffect(() => {
    const { key, index = 0 } = focused.current ?? {}
    const active = document.activeElement
    if (key === undefined || !frame.current) return
    if (active !== document.body && !frame.current.contains(active)) return
    const rows = [...frame.current.querySelectorAll<HTMLElement>('[data-key]')]
    const own = rows.find(({ dataset }) => dataset.key === key)
    // A row that says "Loading…" goes when the rows below it arrive: the focus stays at its place.
    const row =
      own ?? (active === document.body ? rows.find(at => Number(at.dataset.row) === index) : undefined)
    if (!row) return
    // Rows added above it change its index.
    setFocused({ key: row.dataset.key ?? '', index: Number(row.dataset.row) })
    if (!row.contains(active))
      (row.querySelector<HTMLElement>('a, button') ?? row).focus({ preventScroll: true })
  })

  return {
    row: () => focused.current?.index,
    moveTo(index, key) {
      setFocused({ key, index })
    },
    onFocusIn({ target }) {
      const row = target instanceof Element ? target.closest<HTMLElement>('[data-key]') : null
      setFocused(row ? { key: row.dataset.key ?? '', index: Number(row.dataset.row) } : undefined)
    },
    // Without a new target the browser has dropped the focus itself.
    onFocusOut({ relatedTarget }) {
      if (relatedTarget !== null && !frame.current?.contains(relatedTarget as Node)) setFocused(undefined)
    },
  }
}

type VirtualListProps = {
  readonly label: string
  readonly count: number
  /** Pixels. */
  readonly rowHeight: number
  readonly renderRow: (index: number) => ComponentChildren
  readonly keyOf: (index: number) => string
  /** Called after each render with the first rendered row and the one after the last: rows at or near them may have to be loaded. */
  readonly onRange?: (first: number, end: number) => void
  /** Kept by the caller, which restores it when the user returns to the list. */
  readonly position: ListPosition
}

/** The scroll offset in pixels, and the key of the focused row, which Back restores wherever it now is. */
export type ListPosition = { top: number; key?: string | undefined }

const narrow = matchMedia('(max-width: 760px)')
/** In pixels: a row has two lines on a narrow screen. */
export const rowHeight = signal(narrow.matches ? 58 : 36)
narrow.addEventListener('change', () => {
  rowHeight.value = narrow.matches ? 58 : 36
})

/** Rows that are loaded to find the row of `ListPosition` again. */
const maxSearched = 4000

const overscan = 12

/**
 * A list that renders only its visible rows. Visible rows keep their place when rows are added above them, unless the
 * list is scrolled to its start. Arrow keys, Page Up, Page Down, Home and End move the focus from row to row.
 */
export function VirtualList({
  label,
  count,
  rowHeight,
  renderRow,
  keyOf,
  onRange,
  position,
}: VirtualListProps) {
  const frame = useRef<HTMLDivElement>(null)
  const [top, setTopState] = useState(position.top)
  const [height, setHeight] = useState(600)
  const [, rerender] = useState({})
  const anchors = useRef<readonly { readonly key: string; readonly index: number }[]>([])
  const focus = useRowFocus(frame, position)
  const setTop = (pixels: number) => {
    position.top = pixels
    setTopState(pixels)
  }
  const isToEnd = useRef(false)
  const restored = useRef(position.key === undefined ? undefined : { key: position.key, top: position.top })
  /** The user has moved on. */
  const settle = () => {
    isToEnd.current = false
    restored.current = undefined
  }

  useLayoutEffect(() => {
    if (frame.current) frame.current.scrollTop = position.top
  }, [])

  useEffect(() => {
    const element = frame.current
    if (!element) return
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const first = Math.max(0, Math.floor(top / rowHeight) - overscan)
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + overscan)

  // Rows added above push the visible rows down; scrolling by the same distance keeps their place.
  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    const shifts = anchors.current.map(({ key, index }) => findIndex(key, index, count, keyOf) - index)
    const shift = Math.max(0, ...shifts)
    if (shift > 0) {
      element.scrollTop += shift * rowHeight
      setTop(element.scrollTop)
    }
    const firstVisible = Math.floor((shift > 0 ? element.scrollTop : top) / rowHeight)
    // Two rows: one may move to the start by itself, as the heading of a running cycle does.
    const indexes = firstVisible === 0 ? [] : [firstVisible, firstVisible + 1].filter(index => index < count)
    anchors.current = indexes.map(index => ({ key: keyOf(index), index }))
  })

  useEffect(() => {
    if (count > 0) onRange?.(first, end)
  })

  useLayoutEffect(() => {
    const element = frame.current
    const { key, top: before } = restored.current ?? {}
    if (!element || key === undefined) return
    let index = Math.min(count, maxSearched) - 1
    while (index >= 0 && keyOf(index) !== key) index--
    if (index < 0) {
      if (count >= maxSearched) restored.current = undefined
      else onRange?.(count - 1, count)
      return
    }
    restored.current = undefined
    const offset = index * rowHeight
    const isSeen =
      before !== undefined && offset + rowHeight > before && offset < before + element.clientHeight
    element.scrollTop = isSeen ? before : offset - element.clientHeight / 2
    setTop(element.scrollTop)
    focus.moveTo(index, key)
    rerender({})
  }, [count])

  useLayoutEffect(() => {
    if (isToEnd.current) focusRow(count - 1)
  }, [count])

  const focusRow = (requested: number) => {
    const element = frame.current
    if (!element || count === 0) return
    const index = Math.min(Math.max(requested, 0), count - 1)
    focus.moveTo(index, keyOf(index))
    const offset = index * rowHeight
    if (offset < element.scrollTop) element.scrollTop = offset
    if (offset + rowHeight > element.scrollTop + height) element.scrollTop = offset + rowHeight - height
    setTop(element.scrollTop)
    rerender({})
  }

  const onKeyDown = (event: KeyboardEvent) => {
    settle()
    const current = focus.row()
    const page = Math.max(1, Math.floor(height / rowHeight) - 1)
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: (current ?? -1) + 1,
      ArrowUp: (current ?? 1) - 1,
      PageDown: (current ?? 0) + page,
      PageUp: (current ?? 0) - page,
      Home: 0,
      End: count - 1,
    }
    const target = targets[event.key]
    if (target === undefined) return
    event.preventDefault()
    isToEnd.current = event.key === 'End'
    focusRow(target)
  }

  const rows = []
  for (let index = first; index < end; index++) {
    rows.push(
      <li
        key={keyOf(index)}
        data-row={index}
        data-key={keyOf(index)}
        tabIndex={-1}
        aria-posinset={index + 1}
        aria-setsize={count}
        style={{ transform: `translateY(${index * rowHeight}px)`, height: `${rowHeight}px` }}
      >
        {renderRow(index)}
      </li>,
    )
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the rows in it
    <div
      ref={frame}
      class="virtual-list"
      onScroll={event => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
      onPointerDown={settle}
      onWheel={settle}
      onFocusIn={focus.onFocusIn}
      onFocusOut={focus.onFocusOut}
    >
      <ol aria-label={label} style={{ height: `${count * rowHeight}px` }}>
        {rows}
      </ol>
    </div>
  )
}

/** The new index of the row that was at `from`; `from` if the row isn't found nearby. */
function findIndex(key: string, from: number, count: number, keyOf: (index: number) => string): number {
  for (let distance = 0; distance < 2000; distance++) {
    if (from + distance < count && keyOf(from + distance) === key) return from + distance
    if (from - distance >= 0 && from - distance < count && keyOf(from - distance) === key)
      return from - distance
  }
  return from
}
