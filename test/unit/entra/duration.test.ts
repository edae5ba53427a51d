import t from 'tap'
import { formatClockLead } from '../../../src/entra/duration.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

t.test('formats a clock lead in its two largest units', async t => {
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
