import t from 'tap'
import { gradePeers, listed } from './peers/grade-peers.ts'

/** The minimum number of checks that detect a deviation, including those that follow from another. */
const least: Readonly<Record<string, number>> = {
  'ignores-filters': 20,
  'totals-of-the-page': 5,
  'writes-without-effect': 40,
  'no-patch': 40,
}

gradePeers(['rfc'])

t.test('many checks detect severe faults', async t => {
  for (const [id, count] of Object.entries(least)) {
    const { failed, follows } = listed[id].rfc
    const noticed = [...failed, ...Object.keys(follows)].filter(check => check !== 'rfc/user/refuses-country')
    t.ok(noticed.length >= count, `${id}: ${noticed.length}`)
  }
})
