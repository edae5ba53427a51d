import t from 'tap'
import { buildTestConsole, problem } from './console-app.ts'

t.test('the database is compacted, and its size before and after is returned', async t => {
  const { callApi } = await buildTestConsole(t)
  const { status, body } = await callApi('POST', '/api/v1/compact')
  t.equal(status, 200)
  t.same(body, { before: body.before, after: body.after })
  t.ok(body.after > 0 && body.after <= body.before)
})

t.test('the reason of a failure is reported', async t => {
  const reason = 'The database can’t be compacted (database or disk is full): make room for it.'
  const compact = () => Promise.reject(new Error(reason))
  const { callApi } = await buildTestConsole(t, 'rfc', { compact })
  const { status, body } = await callApi('POST', '/api/v1/compact')
  t.equal(status, 500)
  t.same(body, problem('compaction-failed', 'Compaction failed', 500, reason))
})
