import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { designs } from './stubs/designs.ts'
import { deviations, gradeServer, readListed } from './stubs/grade-servers.ts'
import { startStub } from './stubs/stub-server.ts'

t.test('each listed failure is that of a check, and was verified', async t => {
  const known = new Set(checks.map(({ id }) => id))
  for (const [server, failures] of Object.entries(readListed())) {
    t.same(
      failures.filter(({ check, verified }) => !known.has(check) || verified === ''),
      [],
      server,
    )
    t.equal(new Set(failures.map(({ check }) => check)).size, failures.length, server)
  }
  t.ok(designs.every(({ id, ends }) => ends || id in readListed()))
})

// `npm run prove -- servers` grades all of them by all checks of rfc and entra.
t.test('a server that ignores most filters fails the listed checks only', async t => {
  const name = 'filters-by-user-name'
  const stub = await startStub(t, designs.find(({ id }) => id === name) ?? { id: name, description: '' })
  const graded = await gradeServer(stub, ['rfc'], ['rfc/filter', 'rfc/authentication'])
  t.same(deviations(name, graded, { isWhole: false }), [])
  t.ok(graded.counted.some(({ check }) => check === 'rfc/filter/not-ignored'))
  t.ok(graded.following > 30)
})
