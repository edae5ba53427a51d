import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Suite } from '../../../scim-compliance/check.ts'
import { gradePeer } from './graded.ts'
import { gradings } from './index.ts'

/** Per peer and suite: the checks that fail, and those that follow. `npm run compliance-docs` writes it. */
export const listed = JSON.parse(readFileSync(new URL('graded.json', import.meta.url), 'utf8'))

const causesIn = (follows: Readonly<Record<string, string>>) =>
  [...new Set(Object.values(follows))].toSorted()

/** Grades every peer by the given suites, and compares the failures with the list. */
export function gradePeers(wanted: readonly Suite[]): void {
  // Checks wait for what a peer never shows: several are graded at a time.
  t.jobs = 4
  for (const { peer, suites } of gradings) {
    for (const suite of suites.filter(suite => wanted.includes(suite))) {
      t.test(
        `${peer.id}: the checks of ${suite} that fail are those listed, no more and no fewer`,
        { buffered: true },
        async t => {
          const { failed, follows } = await gradePeer(peer, suite)
          t.same(failed, listed[peer.id][suite].failed, 'as npm run compliance-docs lists them')
          // How many follow depends on what other checks have on the server at the time; what they follow from does not.
          t.same(causesIn(follows), causesIn(listed[peer.id][suite].follows))
        },
      )
    }
  }
}
