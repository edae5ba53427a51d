import { readFileSync } from 'node:fs'
import t from 'tap'
import { gradePeer } from './peers/graded.ts'
import { gradings } from './peers/index.ts'

const listed = JSON.parse(readFileSync(new URL('peers/graded.json', import.meta.url), 'utf8'))

/** How many checks notice a habit at the least, those that follow from another included. */
const least: Readonly<Record<string, number>> = {
  'ignores-filters': 20,
  'totals-of-the-page': 5,
  'writes-without-effect': 40,
  'no-patch': 40,
}

const causesIn = (follows: Readonly<Record<string, string>>) =>
  [...new Set(Object.values(follows))].toSorted()

// Checks wait for what a peer never shows: several are graded at a time.
t.jobs = 4

for (const { peer, suites } of gradings) {
  for (const suite of suites) {
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

t.test('gross faults are noticed by many checks', async t => {
  for (const [id, count] of Object.entries(least)) {
    const { failed, follows } = listed[id].rfc
    const noticed = [...failed, ...Object.keys(follows)].filter(check => check !== 'rfc/user/refuses-country')
    t.ok(noticed.length >= count, `${id}: ${noticed.length}`)
  }
})
