import { useLayoutEffect } from 'preact/hooks'
import type { Exchange } from '../../../contract/exchanges.ts'
import { navigate, pathTo } from '../../router.ts'
import { moveListPosition, neighborsOf } from '../activity/activity.ts'

/** Shows a neighbor instead of the present request, so that Back returns to the list. */
function show(exchange: Exchange | undefined, rows: number): void {
  if (!exchange) return
  moveListPosition(exchange.id, rows)
  navigate(pathTo('exchange', { id: exchange.id }), { replace: true })
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, select, dialog, [contenteditable]') !== null

/** Buttons to the next newer and older request of the list; also the keys `k` and `j`. */
export function Neighbors({ id }: { readonly id: string }) {
  const { newer, older } = neighborsOf(id)
  useLayoutEffect(() => {
    const onKey = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
      if (ctrlKey || metaKey || altKey || isTyping(target)) return
      if (key === 'k') show(newer, -1)
      if (key === 'j') show(older, 1)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [newer, older])
  if (!newer && !older) return null
  return (
    <>
      <button
        type="button"
        disabled={!newer}
        title="Newer request (k)"
        aria-keyshortcuts="k"
        onClick={() => show(newer, -1)}
      >
        ‹ Newer
      </button>
      <button
        type="button"
        disabled={!older}
        title="Older request (j)"
        aria-keyshortcuts="j"
        onClick={() => show(older, 1)}
      >
        Older ›
      </button>
    </>
  )
}
