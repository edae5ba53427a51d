import type { Analyst } from '../analysis/analyst.ts'
import { findingKindOf } from '../analysis/diagnose/diagnose.ts'
import type { Notify } from './notice.ts'

/**
 * Tells what is found about a tenant for the first time; answers how to stop that. What the compliance suite does on
 * purpose is no news.
 */
export const watchFindings = (analysis: Pick<Analyst, 'subscribe'>, notify: Notify): (() => void) =>
  analysis.subscribe(event => {
    if (event.kind !== 'finding' || event.origin === 'compliance') return
    const { tenant, exchange, finding, origin } = event
    const { title = finding.id, severity = 'note' } = findingKindOf(finding.id) ?? {}
    notify({
      type: 'finding',
      tenant,
      text: `Found at ${tenant}${origin === 'ad-hoc' ? ' in ad-hoc requests' : ''}: ${title}. ${finding.detail}`,
      page: `/exchanges/${exchange}`,
      facts: {
        finding: finding.id,
        title,
        severity,
        origin,
        exchange,
        ...(finding.subject !== undefined && { subject: finding.subject }),
      },
    })
  })
