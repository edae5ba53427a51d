import { useEffect, useState } from 'preact/hooks'
import type { ListPosition } from '../components/virtual-list.tsx'

const narrow = matchMedia('(max-width: 760px)')

/** Pixels; a row has two lines on a phone. */
export function useRowHeight(): number {
  const [isNarrow, setNarrow] = useState(narrow.matches)
  useEffect(() => {
    const update = () => setNarrow(narrow.matches)
    narrow.addEventListener('change', update)
    return () => narrow.removeEventListener('change', update)
  }, [])
  return isNarrow ? 58 : 34
}

const positions = new Map<string, ListPosition>()

export function positionOf(list: string): ListPosition {
  const position = positions.get(list) ?? { top: 0 }
  positions.set(list, position)
  return position
}
