import type { Analysis, AnalysisEvent } from '../../analysis/analysis.ts'
import type { Cycle } from '../../analysis/cycle.ts'
import { forecast } from '../../analysis/cycle-forecast.ts'
import { findingKindOf } from '../../analysis/diagnose/diagnose.ts'
import type { ConsoleParts } from '../parts.ts'
import type { LiveSource } from './live.ts'
import type { LiveEvent } from './live-event.ts'

/** All that streams of events tell of, beside what is changed from the console. */
export const liveSources = ({ journal, faults, analysis }: ConsoleParts): readonly LiveSource[] => [
  tell => journal.subscribe(exchange => tell({ kind: 'exchange', exchange })),
  tell => analysis.subscribe(event => tell(liveEventOf(event, analysis))),
  // Those that strike change, too.
  tell => faults.subscribe(() => tell({ kind: 'changed', what: 'faults' })),
]

function liveEventOf(event: AnalysisEvent, analysis: Pick<Analysis, 'recentCycles'>): LiveEvent {
  if (event.kind === 'analysed') return event
  if (event.kind === 'cycle') return { ...event, ...nextAfter(event.cycle, analysis) }
  const { kind, tenant, exchange, finding } = event
  const { title = finding.id, severity = 'note' } = findingKindOf(finding.id) ?? {}
  return { kind, tenant, exchange, finding, title, severity }
}

/** When the next cycle is expected, if this is the newest one. */
function nextAfter(cycle: Cycle, { recentCycles }: Pick<Analysis, 'recentCycles'>) {
  const recent = recentCycles(cycle)
  const next = recent[0]?.id === cycle.id ? forecast(recent, Date.now()) : undefined
  return next && { next }
}
