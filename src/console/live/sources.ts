import type { ConsoleParts } from '../parts.ts'
import type { LiveSource } from './live.ts'

/** All that streams of events tell of, beside what is changed from the console. */
export const liveSources = ({ journal, faults }: ConsoleParts): readonly LiveSource[] => [
  tell => journal.subscribe(exchange => tell({ kind: 'exchange', exchange })),
  // Those that strike change, too.
  tell => faults.subscribe(() => tell({ kind: 'changed', what: 'faults' })),
]
