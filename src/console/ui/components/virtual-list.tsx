import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useLineFocus } from './line-focus.ts'

export type VirtualListProps = {
  /** What the list holds, for those who don't see it. */
  readonly label: string
  readonly count: number
  /** The height of each line, in pixels. */
  readonly lineHeight: number
  readonly line: (index: number) => ComponentChildren
  /** Stays the same for the same line, wherever it stands. */
  readonly keyOf: (index: number) => string
  /** Called after each drawing in which the end is near: what was loaded may not have filled the view. */
  readonly onEnd: () => void
  /** The reader's place, kept by the caller so that the list can be left and returned to. */
  readonly kept: ListPlace
}

/** How far a list is scrolled, and the key of the line that has the focus. */
export type ListPlace = { top: number; key?: string | undefined }

/** Lines beyond the visible ones that are drawn, so that scrolling finds them there. */
const beyond = 12

/**
 * A list of which only what can be seen is drawn, however long it is. What is shown stays in its place when lines come
 * above it, unless the list stands at its beginning. Arrow keys, Home and End go from line to line.
 */
export function VirtualList({ label, count, lineHeight, line, keyOf, onEnd, kept }: VirtualListProps) {
  const frame = useRef<HTMLDivElement>(null)
  const [top, scrollTo] = useState(kept.top)
  const [height, setHeight] = useState(600)
  const [, draw] = useState({})
  /** The lines at the upper edge, by which the reader's place is known. */
  const anchors = useRef<readonly { readonly key: string; readonly at: number }[]>([])
  const focus = useLineFocus(frame, kept)
  const setTop = (pixels: number) => {
    kept.top = pixels
    scrollTo(pixels)
  }

  useLayoutEffect(() => {
    if (frame.current) frame.current.scrollTop = kept.top
  }, [])

  useEffect(() => {
    const element = frame.current
    if (!element) return
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const first = Math.max(0, Math.floor(top / lineHeight) - beyond)
  const end = Math.min(count, Math.ceil((top + height) / lineHeight) + beyond)

  // What came above pushes the rest down; scrolling by as much keeps the reader's place.
  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    const pushed = anchors.current.map(({ key, at }) => placeOf(key, at, count, keyOf) - at)
    const lines = Math.max(0, ...pushed)
    if (lines > 0) {
      element.scrollTop += lines * lineHeight
      setTop(element.scrollTop)
    }
    const at = Math.floor((lines > 0 ? element.scrollTop : top) / lineHeight)
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
    const place = wanted * lineHeight
    if (place < element.scrollTop) element.scrollTop = place
    if (place + lineHeight > element.scrollTop + height) element.scrollTop = place + lineHeight - height
    setTop(element.scrollTop)
    draw({})
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const at = focus.line()
    const page = Math.max(1, Math.floor(height / lineHeight) - 1)
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
        style={{ transform: `translateY(${index * lineHeight}px)`, height: `${lineHeight}px` }}
      >
        {line(index)}
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
      <ol aria-label={label} style={{ height: `${count * lineHeight}px` }}>
        {lines}
      </ol>
    </div>
  )
}

/** Where a line is now that stood at `from`; looked for nearby, and there still when it isn't found. */
function placeOf(key: string, from: number, count: number, keyOf: (index: number) => string): number {
  for (let distance = 0; distance < 2000; distance++) {
    if (from + distance < count && keyOf(from + distance) === key) return from + distance
    if (from - distance >= 0 && from - distance < count && keyOf(from - distance) === key)
      return from - distance
  }
  return from
}
