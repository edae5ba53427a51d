import type { AnalysisEvents, SharedAnalysisEvent } from '../../domain/ports/analysis.ts'
import type { Cluster } from './cluster/cluster.ts'
import { toStorableJson } from './storable.ts'

/** An event of the bulletin. */
type AnalysisBulletin = {
  readonly kind: 'analysis'
  readonly events: readonly SharedAnalysisEvent[]
}

const isOfAnalysis = (event: { readonly kind: string }): event is AnalysisBulletin =>
  event.kind === 'analysis'

/** Events of the analysis, on the bulletin of the cluster. */
export const createAnalysisEvents = ({ bulletin }: Pick<Cluster, 'bulletin'>): AnalysisEvents => ({
  publish(events) {
    const event: AnalysisBulletin = { kind: 'analysis', events }
    bulletin.publish(JSON.parse(toStorableJson(JSON.stringify(event))))
  },
  subscribe: listener =>
    bulletin.subscribe(event => {
      if (isOfAnalysis(event)) listener(event.events)
    }),
})
