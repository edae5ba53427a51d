import t, { type Test } from 'tap'
import type { Check } from '../../scim-compliance/check.ts'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import { peerOf } from './peers/index.ts'
import { peerServer } from './peers/peer.ts'
import { runOptions } from './small-server.ts'

/** IDs of the client checks that pass on a peer, in the given areas. */
async function passedOn(t: Test, peer: string, isAbout: (check: Check) => boolean) {
  const { url, token } = await peerServer(t, peerOf(peer), 'entra')
  const { result } = await runChecks(
    runOptions(url, checks.filter(isAbout), {
      token,
      as: ['entra', 'aws'],
      skip: ['entra/load'],
      concurrency: 6,
      timeoutSeconds: 60,
    }),
  )
  return result.outcomes.filter(({ verdict }) => verdict === 'passed').map(({ check }) => check.id)
}

t.test('no check of a change or a deletion passes if writes have no effect', async t => {
  const isOfWrite = ({ id, needs = [] }: Check) =>
    /^aws\/filters\//.test(id) ? false : needs.includes('patch') || /delete|put/.test(id)
  t.same(await passedOn(t, 'writes-without-effect', isOfWrite), [
    // This check reads a user that never existed.
    'entra/delete/unknown-user-is-404',
  ])
})

t.test('no check of a search passes if filters are ignored', async t => {
  const isOfLookUp = ({ id }: Check) =>
    /\/(filters|look-up)\/|look-?up|found|finds|by-external-id|id-and-(manager|members?)$|joined|is-gone$/.test(
      id,
    )
  t.same(await passedOn(t, 'ignores-filters', isOfLookUp), [
    'entra/look-up/read-by-id',
    // GET of a deleted user returns 404.
    'entra/delete/user-is-gone',
  ])
})
