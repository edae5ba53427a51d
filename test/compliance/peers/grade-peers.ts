import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Suite } from '../../../scim-compliance/check.ts'
import { gradePeer } from './graded.ts'
import { gradings } from './index.ts'

/** By peer and suite: the failed checks, and those that follow. Written by `npm run compliance-docs`. */
export const listed = JSON.parse(readFileSync(new URL('graded.json', import.meta.url), 'utf8'))

const causesIn = (follows: Readonly<Record<string, string>>) =>
  [...new Set(Object.values(follows))].toSorted()

/** Grades every peer by the given suites, and compares the failures with the file. */
export function gradePeers(wanted: readonly Suite[]): void {
  // Checks wait for results that a peer never returns, so several peers are graded concurrently.
  t.jobs = 4
  for (const { peer, suites } of gradings) {
    for (const suite of suites.filter(suite => wanted.includes(suite))) {
      t.test(`${peer.id}: exactly the listed checks of ${suite} fail`, { buffered: true }, async t => {
        const { failed, follows } = await gradePeer(peer, suite)
        t.same(failed, listed[peer.id][suite].failed, 'as written by npm run compliance-docs')
        // How many failures follow depends on the other data on the server; their causes don't.
        t.same(causesIn(follows), causesIn(listed[peer.id][suite].follows))
      })
    }
  }
}
