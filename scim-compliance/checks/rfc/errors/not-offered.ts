import type { Check } from '../../../check.ts'
import { expectStatus, skip } from '../../../expect.ts'
import { bulk } from '../../tools/bulk.ts'
import { checksOf } from '../checks-of.ts'
import { errorsArea } from './areas.ts'

export const checks: readonly Check[] = checksOf(errorsArea, [
  {
    id: 'patch-not-offered',
    level: 'SHOULD',
    source: 'RFC 7644 §3.12, table 8',
    says: 'Where PATCH isn’t offered, it is answered with 501.',
    requirements: ['R-022'],
    matters: 'Clients fall back to PUT when they know that PATCH isn’t there.',
    mend: 'Answer 501 to PATCH while the configuration says that it isn’t supported.',
    needs: ['write', 'users'],
    run: async stage => {
      if (stage.service.offers.patch) skip('PATCH is offered.')
      const { path } = await stage.create(stage.users)
      expectStatus(await stage.patch(path, { op: 'replace', value: {} }), 501)
    },
  },
  {
    id: 'bulk-not-offered',
    level: 'SHOULD',
    source: 'RFC 7644 §3.7, §3.12, table 8',
    says: 'Where /Bulk isn’t offered, it is answered with 501.',
    requirements: ['R-022'],
    matters: 'Clients send one request after the other when they know that /Bulk isn’t there.',
    mend: 'Answer 501 to /Bulk while the configuration says that it isn’t supported.',
    needs: ['write', 'users'],
    run: async stage => {
      const { config, offers } = stage.service
      if (config === undefined) skip('/ServiceProviderConfig can’t be read.')
      if (offers.bulk !== undefined) skip('Bulk requests are offered.')
      const path = `${stage.users.endpoint}/${stage.unique()}`
      const answer = await bulk(stage, [{ method: 'DELETE', path }])
      if (answer.status === 403) skip('The token may not ask for it.')
      expectStatus(answer, 501)
    },
  },
])
