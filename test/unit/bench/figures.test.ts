import t from 'tap'
import { type Case, onHotPaths } from '../../../bench/cases.ts'
import type { Target } from '../../../bench/fixture.ts'
import { compareWithTargets } from '../../../bench/targets.ts'

t.test('each PATCH of a user changes something, also after another part has disabled users', t => {
  const seeded = { users: ['a', 'b', 'c'], smallGroups: [], largeGroup: '', outsiders: [] }
  const active = new Map(seeded.users.map(id => [`/Users/${id}`, true]))
  const { request } = onHotPaths.find(({ name }) => name === 'disable by PATCH') as Case
  for (const sent of [4, 3, 1]) {
    // A part numbers its requests from 0, and starts the server again.
    const target = { seeded } as unknown as Target
    for (let at = 0; at < sent; at++) {
      const { path, body = '' } = request(target, at)
      const { value } = JSON.parse(body).Operations[0]
      t.not(active.get(path), value, `${path}, request ${at} of ${sent}`)
      active.set(path, value)
    }
  }
  t.end()
})

t.test('the table of targets shows the figures of the base next to those of the checkout', t => {
  const now = { 'CPU of GET, aws': 2.1, 'p99 of GET, rfc': 7, 'disk of page of 100, aws': 38.1 }
  t.same(compareWithTargets({ now, base: { 'CPU of GET, aws': 5.6 } }).split('\n'), [
    '| figure | profile | base | measured | target | reached | aim |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    '| CPU of GET | aws | 5.60 | 2.10 | at most 2.20 | yes | 1.50 |',
    '| disk of page of 100 | aws |  | 38 KB | at most 50 KB | yes | 40 KB |',
    '| p99 of GET | rfc |  | 7.0 ms | at most 6.0 ms | no |  |',
    '',
  ])
  t.equal(
    compareWithTargets({ now, base: {} }).split('\n')[0],
    '| figure | profile | measured | target | reached | aim |',
  )
  t.equal(compareWithTargets({ now: {}, base: {} }), '')
  t.end()
})
