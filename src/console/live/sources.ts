import type { ConsoleParts } from '../parts.ts'
import type { LiveSource } from './live.ts'

/** All that streams of events tell of, beside what is changed from the console. */
export const liveSources = ({ journal }: ConsoleParts): readonly LiveSource[] => [
  tell => journal.subscribe(exchange => tell({ kind: 'exchange', exchange })),
]
