import t from 'tap'
import { failuresAmong, gradedBy, gradePeers } from './peers/grade-peers.ts'
import { causesIn, listedFor } from './peers/listed.ts'

/** The minimum number of checks that detect a deviation, including those that follow from another. */
const least: Readonly<Record<string, number>> = {
  'ignores-filters': 20,
  'totals-of-the-page': 5,
  'writes-without-effect': 40,
  'no-patch': 40,
}

/** A grading takes five seconds of a core: the first peer, or all with `DAILY=all`. On the others, the listed checks run. */
const isGraded = (_: unknown, at: number) => process.env.DAILY === 'all' || at === 0
const peers = gradedBy('rfc').filter(isGraded)
const others = gradedBy('rfc').filter((peer, at) => !isGraded(peer, at))
const failuresOf = ({ id }: { readonly id: string }) => listedFor(id, 'rfc').failed
const graded = await gradePeers('rfc', peers)
const failures = await failuresAmong('rfc', others, failuresOf)

for (const { id } of peers) {
  t.test(`${id}: exactly the listed checks of rfc fail`, async t => {
    const listed = listedFor(id, 'rfc')
    t.same(graded[id]?.failed, listed.failed, 'as written by npm run compliance-docs')
    // How many failures follow depends on the other data on the server; their causes don't.
    t.same(causesIn(graded[id]?.follows), causesIn(listed.follows))
  })
}

for (const peer of others) {
  t.test(`${peer.id}: the listed checks of rfc fail`, async t => {
    t.same(failures[peer.id]?.toSorted(), failuresOf(peer).toSorted())
  })
}

t.test('many checks detect severe faults', async t => {
  for (const [id, count] of Object.entries(least)) {
    const { failed, follows } = listedFor(id, 'rfc')
    const noticed = [...failed, ...Object.keys(follows)].filter(check => check !== 'rfc/user/refuses-values')
    t.ok(noticed.length >= count, `${id}: ${noticed.length}`)
  }
})
