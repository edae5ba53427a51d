import type { AnalysisEvent } from '../../analysis/analysis.ts'
import { findingKinds } from '../../analysis/diagnose/diagnose.ts'
import type { ConsoleParts } from '../parts.ts'
import type { LiveSource } from './live.ts'
import type { LiveEvent } from './live-event.ts'

/** All that streams of events tell of, beside what is changed from the console. */
export const liveSources = ({ journal, faults, analysis }: ConsoleParts): readonly LiveSource[] => [
  tell => journal.subscribe(exchange => tell({ kind: 'exchange', exchange })),
  tell =>
    analysis.subscribe(event => {
      const found = analysedEvent(event)
      if (found) tell(found)
    }),
  // Those that strike change, too.
  tell => faults.subscribe(() => tell({ kind: 'changed', what: 'faults' })),
]

const kinds = new Map(findingKinds.map(kind => [kind.id, kind]))

function analysedEvent(event: AnalysisEvent): LiveEvent | undefined {
  if (event.kind === 'analysed') return event
  if (event.kind !== 'finding') return undefined
  const { kind, tenant, exchange, finding } = event
  const { title = finding.id, severity = 'note' } = kinds.get(finding.id) ?? {}
  return { kind, tenant, exchange, finding, title, severity }
}
