import t from 'tap'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { todays } from '../support/todays.ts'
import { draftMutants, runDraftMutants } from './mutants/drafts.ts'

t.test('mutants of drafts have unique IDs, and each check that needs no option has one', async t => {
  const ids = draftMutants.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  const caught = new Set(draftMutants.flatMap(({ caughtBy }) => caughtBy))
  t.same(
    [...caught].filter(id => !checks.some(check => check.id === id)),
    [],
  )
  t.same(
    checks.filter(({ draft, id }) => draft && !caught.has(id)).map(({ id }) => id),
    [
      'interop/connection/tls',
      'interop/conformance/claim',
      'ipsie/authorization/token',
      'ipsie/service/interop',
      'ipsie/load/rate',
      'ipsie/load/limit',
    ],
    'interop.test.ts and ipsie.test.ts test these',
  )
})

/** `npm run prove -- drafts` runs all. */
const drawn = todays(draftMutants, 20)

t.test('each fault fails its check and no other', async t => {
  await runDraftMutants(drawn, 3, ({ mutant: { id, description, caughtBy }, failed }) =>
    t.same(failed, caughtBy, `${id}: ${description}`),
  )
})
