import { useLayoutEffect } from 'preact/hooks'
import { navigate, pathTo } from '../../router.ts'
import { moveListPosition, type Neighbor, neighborsOf } from '../activity/activity.ts'

/** Shows a neighbor instead of the present request, so that Back returns to the list. */
function show(neighbor: Neighbor | undefined): void {
  if (!neighbor) return
  moveListPosition(neighbor)
  navigate(pathTo('exchange', { id: neighbor.exchange.id }), { replace: true })
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, select, dialog, [contenteditable]') !== null

export function Neighbors({ id }: { readonly id: string }) {
  const { newer, older } = neighborsOf(id)
  useLayoutEffect(() => {
    const onKey = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
      if (ctrlKey || metaKey || altKey || isTyping(target)) return
      if (key === 'k') show(newer)
      if (key === 'j') show(older)
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
        onClick={() => show(newer)}
      >
        ‹ Newer
      </button>
      <button
        type="button"
        disabled={!older}
        title="Older request (j)"
        aria-keyshortcuts="j"
        onClick={() => show(older)}
      >
        Older ›
      </button>
    </>
  )
}
