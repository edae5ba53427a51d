import t from 'tap'
import { gradedBy, gradePeers } from './peers/grade-peers.ts'
import { causesIn, listedFor } from './peers/listed.ts'

/** The minimum number of checks that detect a deviation, including those that follow from another. */
const least: Readonly<Record<string, number>> = {
  'ignores-filters': 20,
  'totals-of-the-page': 5,
  'writes-without-effect': 40,
  'no-patch': 40,
}

/** A grading takes five seconds of a core: every third peer, or all with `PEERS=all`. */
const peers = gradedBy('rfc').filter((_, at) => process.env.PEERS === 'all' || at % 3 === 0)
const graded = await gradePeers('rfc', peers)

for (const { id } of peers) {
  t.test(`${id}: exactly the listed checks of rfc fail`, async t => {
    const listed = listedFor(id, 'rfc')
    t.same(graded[id]?.failed, listed.failed, 'as written by npm run compliance-docs')
    // How many failures follow depends on the other data on the server; their causes don't.
    t.same(causesIn(graded[id]?.follows), causesIn(listed.follows))
  })
}

t.test('many checks detect severe faults', async t => {
  for (const [id, count] of Object.entries(least)) {
    const { failed, follows } = listedFor(id, 'rfc')
    const noticed = [...failed, ...Object.keys(follows)].filter(check => check !== 'rfc/user/refuses-country')
    t.ok(noticed.length >= count, `${id}: ${noticed.length}`)
  }
})
