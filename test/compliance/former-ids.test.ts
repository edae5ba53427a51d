import t from 'tap'
import {
  type Baseline,
  readKnown,
  updateBaseline,
  updateKnown,
} from '../../scim-compliance/grade/comparison.ts'
import type { Verdict } from '../../scim-compliance/run/result.ts'
import { expandSelection } from '../../scim-compliance/run/select.ts'
import { check } from './small-server.ts'

const now = [
  'rfc/forms/kept',
  'rfc/forms/refuses',
  'rfc/create/location',
  'rfc/create/location-leads',
  'rfc/filter/refuses-malformed',
  'rfc/filter/refuses-order',
]
const checks = now.map(id => check(id, async () => {}))
const exists = (id: string) => now.includes(id)

const expanded = (only: readonly string[], skip: readonly string[] = []) => {
  const { selection, notes } = expandSelection({ as: ['rfc'], only, skip }, checks)
  return [selection.only, selection.skip, notes]
}

t.test('--only and --skip accept segments, the beginning of a name, and former IDs with a note', async t => {
  t.same(expanded(['rfc/forms', 'rfc/create/location']), [['rfc/forms', 'rfc/create/location'], [], []])
  t.same(expanded(['rfc/filter/refuses']), [
    ['rfc/filter/refuses-malformed', 'rfc/filter/refuses-order'],
    [],
    [],
  ])
  t.same(
    expanded(['rfc/forms/refuses-date-only'], ['rfc/forms/boolean-kept', 'rfc/filter/refuses-symbols']),
    [
      ['rfc/forms/refuses'],
      ['rfc/forms/kept', 'rfc/filter/refuses-malformed'],
      [
        'rfc/forms/refuses-date-only is now part of rfc/forms/refuses.',
        'rfc/forms/boolean-kept is now part of rfc/forms/kept.',
        'rfc/filter/refuses-symbols is now part of rfc/filter/refuses-malformed.',
      ],
    ],
  )
  t.same(expanded(['rfc/nothing']), [['rfc/nothing'], [], []], 'an unknown ID stays, and is reported')
})

t.test('known failures of checks that became one are joined, with the first reason', async t => {
  const entries = readKnown(
    JSON.stringify([
      { id: 'rfc/forms/refuses-date-only', reason: 'dates' },
      { id: 'rfc/create/location', reason: 'behind a proxy' },
      { id: 'rfc/forms/refuses-binary-text', reason: 'binaries' },
      { id: 'rfc/no-such', reason: 'a slip' },
    ]),
    'known.json',
  )
  t.same(updateKnown(entries, exists), {
    known: [
      { id: 'rfc/forms/refuses', reason: 'dates' },
      { id: 'rfc/create/location', reason: 'behind a proxy' },
      { id: 'rfc/no-such', reason: 'a slip' },
    ],
    notes: [
      'rfc/forms/refuses-date-only is now part of rfc/forms/refuses.',
      'rfc/forms/refuses-binary-text is now part of rfc/forms/refuses.',
    ],
  })
})

t.test('a baseline with former IDs is compared with the checks that replaced them', async t => {
  const then = (...verdicts: readonly (readonly [id: string, verdict: Verdict])[]): Baseline => ({
    ended: '2026-01-01T00:00:00.000Z',
    percent: 90,
    verdicts: new Map(verdicts.map(([id, verdict]) => [id, { verdict, description: id }])),
  })
  const { baseline, notes } = updateBaseline(
    then(
      ['rfc/forms/boolean-kept', 'skipped'],
      ['rfc/forms/integer-kept', 'passed'],
      ['rfc/forms/refuses-date-only', 'passed'],
      ['rfc/forms/refuses-binary-text', 'failed'],
      ['rfc/create/location', 'passed'],
    ),
    exists,
  )
  t.same(
    [...baseline.verdicts].map(([id, { verdict }]) => [id, verdict]),
    [
      ['rfc/forms/kept', 'passed'],
      ['rfc/forms/refuses', 'failed'],
      ['rfc/create/location', 'passed'],
    ],
  )
  t.same(notes, [
    '4 checks of the earlier report have new IDs or are part of others now, and are compared with those.',
  ])
  t.same(updateBaseline(then(['rfc/create/location', 'passed']), exists).notes, [])
})
