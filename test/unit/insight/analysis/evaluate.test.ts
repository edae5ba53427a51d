import t from 'tap'
import type { Tenant } from '../../../../src/domain/tenants/tenant.ts'
import { createEvaluator } from '../../../../src/insight/analysis/evaluation/evaluate.ts'
import { loadProfile } from '../../../../src/profiles/registry.ts'
import { noDeclarations } from '../../../../src/scim/declare/declarations.ts'
import { anExchange } from '../../../contract/journal.ts'

t.test('AWS accepts a successful read, even if the history of the resource is not known', async t => {
  const tenant = { id: 'acme', key: 1, profile: loadProfile('rfc'), declared: noDeclarations } as Tenant
  const evaluator = createEvaluator({
    tenants: { find: () => tenant },
    directory: {
      effects: {
        typesBefore: async () => new Map(),
        causedBy: async () => ({ resources: [], memberships: [] }),
        stateBefore: async () => undefined,
        holdersBefore: async () => [],
      },
    },
  })
  const id = 'a6f1b2c3-0000-4000-8000-000000000001'
  const read = anExchange(1, {
    tenant: 'acme',
    profile: 'rfc',
    url: `/acme/scim/v2/Users/${id}`,
    operation: 'read',
    target: { type: 'User', id },
  })
  t.match(await evaluator.aws(read), { accepted: true, status: 200, rules: [] })
  t.match(await evaluator.aws({ ...read, status: 404 }), { accepted: false, status: 404 })
})
