import t from 'tap'
import { gradePeers, listed } from './peers/grade-peers.ts'

/** How many checks notice a habit at the least, those that follow from another included. */
const least: Readonly<Record<string, number>> = {
  'ignores-filters': 20,
  'totals-of-the-page': 5,
  'writes-without-effect': 40,
  'no-patch': 40,
}

gradePeers(['rfc'])

t.test('gross faults are noticed by many checks', async t => {
  for (const [id, count] of Object.entries(least)) {
    const { failed, follows } = listed[id].rfc
    const noticed = [...failed, ...Object.keys(follows)].filter(check => check !== 'rfc/user/refuses-country')
    t.ok(noticed.length >= count, `${id}: ${noticed.length}`)
  }
})
