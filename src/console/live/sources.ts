import type { AnalysisEvent } from '../../analysis/analysis.ts'
import { findingKindOf } from '../../analysis/diagnose/diagnose.ts'
import { cycleStateOf } from '../api/cycle-view.ts'
import type { ConsoleParts } from '../parts.ts'
import type { LiveSource } from './live.ts'
import type { LiveEvent } from './live-event.ts'

/** All that streams of events tell of, beside what is changed from the console. */
export const liveSources = (parts: ConsoleParts): readonly LiveSource[] => [
  tell => parts.journal.subscribe(exchange => tell({ kind: 'exchange', exchange })),
  tell => parts.analysis.subscribe(event => tell(liveEventOf(event, parts))),
  // Those that strike change, too.
  tell => parts.faults.subscribe(() => tell({ kind: 'changed', what: 'faults' })),
]

function liveEventOf(event: AnalysisEvent, parts: ConsoleParts): LiveEvent {
  switch (event.kind) {
    case 'analysed':
    case 'setup-step':
      return event
    case 'cycle':
      return { ...event, state: cycleStateOf(event.cycle, parts) }
    case 'finding': {
      const { at: _at, ...rest } = event
      const { title = event.finding.id, severity = 'note' } = findingKindOf(event.finding.id) ?? {}
      return { ...rest, title, severity }
    }
  }
}
