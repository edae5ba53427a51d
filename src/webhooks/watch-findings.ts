import type { Analyst } from '../analysis/analyst.ts'
import { findingKindOf } from '../analysis/diagnose/diagnose.ts'
import type { Notify } from './notice.ts'

/** Tells what is found about a tenant for the first time; answers how to stop that. */
export const watchFindings = (analysis: Pick<Analyst, 'subscribe'>, notify: Notify): (() => void) =>
  analysis.subscribe(event => {
    if (event.kind !== 'finding') return
    const { tenant, exchange, finding } = event
    const { title = finding.id, severity = 'note' } = findingKindOf(finding.id) ?? {}
    notify({
      type: 'finding',
      tenant,
      text: `Found at ${tenant}: ${title}. ${finding.detail}`,
      page: `/exchanges/${exchange}`,
      facts: {
        finding: finding.id,
        title,
        severity,
        exchange,
        ...(finding.subject !== undefined && { subject: finding.subject }),
      },
    })
  })
