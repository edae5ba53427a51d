import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/** Where in a list the reader is who goes through it by keyboard. */
export type LineFocus = {
  /** The number of the line that has the focus, or is about to get it. */
  readonly line: () => number | undefined
  /** Brings the focus to a line as soon as it is drawn. */
  readonly moveTo: (line: number, key: string) => void
  readonly onFocusIn: (event: FocusEvent) => void
  readonly onFocusOut: (event: FocusEvent) => void
}

/**
 * Keeps the focus on the same line while lines come and go around it: a browser drops it when its element is moved or
 * drawn anew, and the next key would go nowhere.
 */
export function useLineFocus(
  frame: RefObject<HTMLElement | null>,
  kept: { key?: string | undefined },
): LineFocus {
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
    line: () => held.current?.at,
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
