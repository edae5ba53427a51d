import type { Analyst } from '../analysis/analyst.ts'
import type { Notify } from './notice.ts'

/** Reports Entra ID's first request to a tenant, once the set-up has noted it. Returns a function that stops this. */
export const watchSetup = (analysis: Pick<Analyst, 'subscribe'>, notify: Notify): (() => void) =>
  analysis.subscribe(event => {
    if (event.kind !== 'setup-step' || event.step.id !== 'contact') return
    const { tenant, step } = event
    notify({
      type: 'first-contact',
      tenant,
      text: `First request from Entra ID to ${tenant}.`,
      ...(step.exchange !== undefined && {
        page: `/exchanges/${step.exchange}`,
        facts: { client: 'entra', exchange: step.exchange },
      }),
    })
  })
