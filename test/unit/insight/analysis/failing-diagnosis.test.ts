import t from 'tap'
import { UnavailableError } from '../../../../src/domain/ports/database.ts'
import { createJournalDiagnoser } from '../../../../src/insight/analysis/diagnosis/diagnose.ts'
import { anExchange } from '../../../contract/journal.ts'

t.test('a diagnosis that fails before an earlier one has ended fails alone', async t => {
  const first = Promise.withResolvers<undefined>()
  const diagnose = createJournalDiagnoser({
    tenants: { find: () => undefined },
    effects: {
      typesBefore: async () => new Map(),
      causedBy: async () => ({ resources: [], memberships: [] }),
      stateBefore: async () => undefined,
    },
    authors: async () => new Map(),
    history: async () => undefined,
    counts: async () => [],
    findExchange: async () => undefined,
    clients: { known: () => undefined },
    assignments: { leftBehind: async () => [], permissionSetsById: async () => new Map() },
    evaluator: {
      aws: ({ id }) =>
        id === 'exchange-1' ? first.promise : Promise.reject(new UnavailableError('The database is away.')),
    },
  })
  const findings = diagnose(anExchange(1, { tenant: 'acme' }))
  const failed = diagnose(anExchange(2, { tenant: 'acme' }))
  // Rejections without a handler are detected after a turn of the event loop.
  await new Promise(setImmediate)
  first.resolve(undefined)
  t.same(await findings, [])
  await t.rejects(failed, { message: 'The database is away.' })
})
