import t from 'tap'
import { durationSchema } from '../../../src/contract/operation.ts'
import { formatClockLead, readDuration } from '../../../src/entra/duration.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

t.test('a clock lead is formatted in its two largest units', async t => {
  for (const [milliseconds, text] of [
    [0, ''],
    [999, ''],
    [1000, '+1 s'],
    [40 * minute, '+40 min'],
    [6 * hour + 40 * minute + 3000, '+6 h 40 min'],
    [hour - 1, '+1 h'],
    [366 * day + 5 * hour + minute, '+366 d 5 h'],
    [-90_000, '−1 min 30 s'],
  ] as const) {
    t.equal(formatClockLead(milliseconds), text, String(milliseconds))
  }
})

t.test('the API accepts exactly the durations that can be read', async t => {
  const schema = durationSchema('Invalid.')
  for (const text of ['30s', '1h30m', '1w2d3h4m5s', '0s', '', '30', '30m1h', '1.5h', '-1h', '1h ', '100ms']) {
    t.equal(schema.safeParse(text).success, readDuration(text) !== undefined, text)
  }
  t.equal(readDuration('1h30m'), 90 * minute)
})
