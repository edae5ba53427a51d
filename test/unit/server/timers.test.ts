import t from 'tap'
import { schedulePruning } from '../../../src/server/timers.ts'
import { createJournal } from '../../../src/sqlite/journal.ts'
import { anExchange } from '../../contract/journal.ts'
import { openTestJournal } from '../../support/journal-database.ts'

const day = 24 * 60 * 60 * 1000

t.test('a clock far ahead of the journal causes a warning and deletes nothing', async t => {
  const { connections } = openTestJournal({ retention: { count: 100, days: 30 } })
  t.teardown(connections.close)
  const journal = createJournal(connections)
  journal.record(anExchange(1, { at: Date.now() - 100 * day }))
  const { promise: warned, resolve: warn } = Promise.withResolvers<string>()
  const pruning = schedulePruning(journal, { warn, onError: t.error })
  t.teardown(() => pruning.stop())
  t.equal(
    (await warned).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]{12}Z/g, 'TIME'),
    'The clock of this machine, TIME, is 100 days ahead of the last pruning of the journal. No request is deleted for its age (--keep-days) until TIME. If the clock is wrong, correct it before then; if the server was stopped for that long, no action is needed.',
  )
  t.match(await journal.extent(), { exchanges: 1 })
})
