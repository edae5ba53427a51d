import t from 'tap'
import { shownBy } from '../../src/insight/reality/switches.ts'
import { switchesOf } from '../../src/profiles/registry.ts'
import { notShownByGet, playSeed, shownByTraffic } from '../support/reality-seeds.ts'

for (const seed of [1, 2, 3, 37, 77]) {
  t.test(`GETs name the switches of an upstream, seed ${seed}`, async t => {
    const { wrong, reality } = await playSeed(seed)
    t.strictSame(wrong, [])
    t.equal(reality.mirrorCorrected, 0)
    // Look-ups that find no user whom another response shows.
    t.ok(reality.notPredicted <= 1)
  })
}

t.test('each switch is shown by a GET, or is known not to be', async t => {
  const all = switchesOf('aws').map(({ id }) => id)
  t.strictSame([...Object.keys(shownBy), ...Object.keys(notShownByGet)].sort(), all.toSorted())
  // Only a response to too many requests shows retryAfter.
  t.strictSame([...(await shownByTraffic()), 'retryAfter'].sort(), Object.keys(shownBy).sort())
})
