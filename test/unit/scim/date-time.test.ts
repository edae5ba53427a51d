import t from 'tap'
import { parseDateTime } from '../../../src/scim/simple-value.ts'

const valid: readonly [text: string, instant: number][] = [
  ['2008-01-23T04:56:22Z', Date.UTC(2008, 0, 23, 4, 56, 22)],
  ['2008-01-23T04:56:22', Date.UTC(2008, 0, 23, 4, 56, 22)],
  ['2008-01-23T04:56:22.5Z', Date.UTC(2008, 0, 23, 4, 56, 22, 500)],
  ['2008-01-23T04:56:22.1239999+02:30', Date.UTC(2008, 0, 23, 2, 26, 22, 123)],
  ['2008-01-23T04:56:22-14:00', Date.UTC(2008, 0, 23, 18, 56, 22)],
  ['2024-02-29T24:00:00Z', Date.UTC(2024, 2, 1)],
  ['1969-12-31T23:59:59.999Z', -1],
]

t.test('a date and time in the format of XML Schema is parsed, as UTC if it has no time zone', async t => {
  for (const [text, instant] of valid) t.equal(parseDateTime(text), instant, text)
})

const invalid = [
  '',
  '2026-01-31',
  '2026-02-31T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '2026-01-31T24:00:01Z',
  '2026-01-31T25:00:00Z',
  '2026-01-31T08:60:00Z',
  '2026-01-31T08:00:60Z',
  '2026-01-31T08:00Z',
  '2026-01-31 08:00:00Z',
  '2026-01-31T08:00:00z',
  '2026-01-31T08:00:00.Z',
  '2026-01-31T08:00:00+15:00',
  '2026-01-31T08:00:00+0100',
  '20260131T080000Z',
  'x2026-01-31T08:00:00Z',
]

t.test('any other text is not parsed', async t => {
  for (const text of invalid) t.equal(parseDateTime(text), undefined, text)
})
