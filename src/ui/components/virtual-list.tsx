import type { ComponentChildren, RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

/** Where in a list the reader is who goes through it by keyboard. */
export type RowFocus = {
  /** The number of the line that has the focus, or is about to get it. */
  readonly row: () => number | undefined
  /** Brings the focus to a line as soon as it is drawn. */
  readonly moveTo: (line: number, key: string) => void
  readonly onFocusIn: (event: FocusEvent) => void
  readonly onFocusOut: (event: FocusEvent) => void
}

/**
 * Keeps the focus on the same line while lines come and go around it: a browser drops it when its element is moved or
 * drawn anew, and the next key would go nowhere.
 */
export function useRowFocus(
  frame: RefObject<HTMLElement | null>,
  kept: { key?: string | undefined },
): RowFocus {
  const held = useRef<{ readonly key: string; readonly at: number } | undefined>(
    kept.key === undefined ? undefined : { key: kept.key, at: 0 },
  )
  const hold = (line: typeof held.current) => {
    held.current = line
    kept.key = line?.key
  }

  useLayoutEffect(() => {
    const key = held.current?.key
    const active = document.activeElement
    if (key === undefined || !frame.current) return
    if (active !== document.body && !frame.current.contains(active)) return
    const line = frame.current.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)
    // Its number changes with what comes above it.
    if (line) hold({ key, at: Number(line.dataset.line) })
    if (line && !line.contains(active))
      line.querySelector<HTMLElement>('a, button')?.focus({ preventScroll: true })
  })

  return {
    row: () => held.current?.at,
    moveTo(line, key) {
      hold({ key, at: line })
    },
    onFocusIn({ target }) {
      const line = target instanceof Element ? target.closest<HTMLElement>('[data-key]') : null
      hold(line ? { key: line.dataset.key ?? '', at: Number(line.dataset.line) } : undefined)
    },
    // Without another place to go it was the browser that took it away.
    onFocusOut({ relatedTarget }) {
      if (relatedTarget !== null && !frame.current?.contains(relatedTarget as Node)) hold(undefined)
    },
  }
}

export type VirtualListProps = {
  /** What the list holds, for those who don't see it. */
  readonly label: string
  readonly count: number
  /** The height of each line, in pixels. */
  readonly rowHeight: number
  readonly renderRow: (index: number) => ComponentChildren
  /** Stays the same for the same line, wherever it stands. */
  readonly keyOf: (index: number) => string
  /** Called after each drawing in which the end is near: what was loaded may not have filled the view. */
  readonly onEnd: () => void
  /** The reader's place, kept by the caller so that the list can be left and returned to. */
  readonly position: ListPosition
}

/** How far a list is scrolled, and the key of the line that has the focus. */
export type ListPosition = { top: number; key?: string | undefined }

/** Lines beyond the visible ones that are drawn, so that scrolling finds them there. */
const overscan = 12

/**
 * A list of which only what can be seen is drawn, however long it is. What is shown stays in its place when lines come
 * above it, unless the list stands at its beginning. Arrow keys, Home and End go from line to line.
 */
export function VirtualList({
  label,
  count,
  rowHeight,
  renderRow,
  keyOf,
  onEnd,
  position,
}: VirtualListProps) {
  const frame = useRef<HTMLDivElement>(null)
  const [top, scrollTo] = useState(position.top)
  const [height, setHeight] = useState(600)
  const [, draw] = useState({})
  /** The lines at the upper edge, by which the reader's place is known. */
  const anchors = useRef<readonly { readonly key: string; readonly at: number }[]>([])
  const focus = useRowFocus(frame, position)
  const setTop = (pixels: number) => {
    position.top = pixels
    scrollTo(pixels)
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

  // What came above pushes the rest down; scrolling by as much keeps the reader's place.
  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    const pushed = anchors.current.map(({ key, at }) => findIndex(key, at, count, keyOf) - at)
    const lines = Math.max(0, ...pushed)
    if (lines > 0) {
      element.scrollTop += lines * rowHeight
      setTop(element.scrollTop)
    }
    const at = Math.floor((lines > 0 ? element.scrollTop : top) / rowHeight)
    // One of two neighbours may go to the top by itself, as the line of a run that goes on does.
    const kept = at === 0 ? [] : [at, at + 1].filter(one => one < count)
    anchors.current = kept.map(one => ({ key: keyOf(one), at: one }))
  })

  useEffect(() => {
    if (count > 0 && end + 60 > count) onEnd()
  })

  const focusLine = (index: number) => {
    const element = frame.current
    if (!element || count === 0) return
    const wanted = Math.min(Math.max(index, 0), count - 1)
    focus.moveTo(wanted, keyOf(wanted))
    const place = wanted * rowHeight
    if (place < element.scrollTop) element.scrollTop = place
    if (place + rowHeight > element.scrollTop + height) element.scrollTop = place + rowHeight - height
    setTop(element.scrollTop)
    draw({})
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const at = focus.row()
    const page = Math.max(1, Math.floor(height / rowHeight) - 1)
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: (at ?? -1) + 1,
      ArrowUp: (at ?? 1) - 1,
      PageDown: (at ?? 0) + page,
      PageUp: (at ?? 0) - page,
      Home: 0,
      End: count - 1,
    }
    const wanted = steps[event.key]
    if (wanted === undefined) return
    event.preventDefault()
    focusLine(wanted)
  }

  const lines = []
  for (let index = first; index < end; index++) {
    lines.push(
      <li
        key={keyOf(index)}
        data-line={index}
        data-key={keyOf(index)}
        aria-posinset={index + 1}
        aria-setsize={count}
        style={{ transform: `translateY(${index * rowHeight}px)`, height: `${rowHeight}px` }}
      >
        {renderRow(index)}
      </li>,
    )
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the lines in it
    <div
      ref={frame}
      class="virtual"
      onScroll={event => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
      onFocusIn={focus.onFocusIn}
      onFocusOut={focus.onFocusOut}
    >
      <ol aria-label={label} style={{ height: `${count * rowHeight}px` }}>
        {lines}
      </ol>
    </div>
  )
}

/** Where a line is now that stood at `from`; looked for nearby, and there still when it isn't found. */
function findIndex(key: string, from: number, count: number, keyOf: (index: number) => string): number {
  for (let distance = 0; distance < 2000; distance++) {
    if (from + distance < count && keyOf(from + distance) === key) return from + distance
    if (from - distance >= 0 && from - distance < count && keyOf(from - distance) === key)
      return from - distance
  }
  return from
}
