import t from 'tap'
import { runInspection } from '../../../../src/insight/sign-in-check/saml/run-inspection.ts'
import { createSigner, responseWith, signAssertion } from '../../../support/saml.ts'

const response = signAssertion(responseWith(), createSigner())
const held = () => process.getActiveResourcesInfo().filter(name => /Port|Worker/.test(name))

t.test('a process can end while the thread waits for the next check', async t => {
  const before = held()
  t.match(await runInspection({ response }), { form: 'xml', assertions: 1, signature: { kind: 'valid' } })
  t.same(held(), before)
})

t.test('checks at the same time get their own results', async t => {
  const names = ['a@example.com', 'b@example.com', 'c@example.com']
  const found = await Promise.all(
    names.map(nameId => runInspection({ response: signAssertion(responseWith({ nameId }), createSigner()) })),
  )
  t.same(
    found.map(({ assertion }) => assertion?.nameId?.text),
    names,
  )
})

t.test('an aborted check ends its thread, and the next one works', async t => {
  const abandoned = new AbortController()
  const first = runInspection({ response }, abandoned.signal)
  setImmediate(() => abandoned.abort(new Error('gone')))
  await t.rejects(first, { message: 'gone' })
  await t.rejects(runInspection({ response }, AbortSignal.abort(new Error('gone'))), { message: 'gone' })
  t.match(await runInspection({ response }), { signature: { kind: 'valid' } })
})

t.test('when too many checks wait, further ones are rejected', async t => {
  const checks = Array.from({ length: 12 }, () => runInspection({ response }))
  const results = await Promise.allSettled(checks)
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 11)
  t.match(results.at(-1), { status: 'rejected', reason: { name: 'BusyError', message: /Retry/ } })
})
