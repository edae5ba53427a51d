import { useLayoutEffect, useRef } from 'preact/hooks'
import { isBackNavigation } from '../router.ts'

/** The keys of the rows that were opened, by address. */
const openedRows = new Map<string, string>()

/** Arrow keys, j and k, Home and End move the focus between the links of the rows; Back returns to the row that was opened. */
export function useRowKeys(
  count: number,
  { hasMore, loadMore }: { readonly hasMore?: { readonly value: boolean }; readonly loadMore?: () => void },
) {
  const ref = useRef<HTMLTableSectionElement>(null)
  const isRestored = useRef(!isBackNavigation())
  const isToEnd = useRef(false)
  const links = () => [...(ref.current?.querySelectorAll<HTMLElement>('tr > td a, tr > td button') ?? [])]
  const rowLinks = () =>
    [...(ref.current?.rows ?? [])].map(row => row.querySelector<HTMLElement>('a, button'))
  useLayoutEffect(() => {
    if (count === 0) return
    if (isToEnd.current) {
      isToEnd.current = false
      rowLinks().at(-1)?.focus()
    }
    if (isRestored.current) return
    isRestored.current = true
    const key = openedRows.get(location.href)
    const row = key && ref.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)
    if (!row) return
    row.scrollIntoView({ block: 'center' })
    row.querySelector<HTMLElement>('a, button')?.focus({ preventScroll: true })
  }, [count])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const rows = rowLinks()
    const at = rows.findIndex(link => link?.closest('tr')?.contains(document.activeElement))
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      j: at + 1,
      ArrowUp: at - 1,
      k: at - 1,
      Home: 0,
      End: rows.length - 1,
    }
    const to = steps[event.key]
    if (to === undefined || links().length === 0) return
    event.preventDefault()
    if (event.key === 'End' && hasMore?.value && loadMore) {
      isToEnd.current = true
      loadMore()
    }
    rows[Math.max(0, Math.min(to, rows.length - 1))]?.focus()
  }
  const onClick = ({ target }: MouseEvent) => {
    const row = target instanceof Element && target.closest('a') ? target.closest<HTMLElement>('tr') : null
    if (row?.dataset.key !== undefined) openedRows.set(location.href, row.dataset.key)
  }
  return { ref, onKeyDown, onClick }
}
