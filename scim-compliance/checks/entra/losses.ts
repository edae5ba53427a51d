import type { Check } from '../../check.ts'
import type { Judged } from '../../grade/verdict.ts'
import type { Outcome } from '../../run/result.ts'
import { failedAmong, type Loss, lossesOf } from '../tools/consequences.ts'
import { isFollowing } from '../tools/prepared.ts'

/** The fewest words for a loss, by what it is about; what hurts most comes first. */
export const kinds: readonly (readonly [RegExp, string])[] = [
  [/^entra\/groups\/documented-body$/, 'no group is created'],
  [/^entra\/lacks\/patch$/, 'nobody is updated, disabled or made a member'],
  [/^entra\/disable\/(default|documented|flag|flag-without-path)$/, 'disabled users stay active'],
  [/^entra\/lacks\/active$/, 'disabled users can’t be told from others'],
  [/^entra\/disable\/still/, 'disabled users are lost'],
  [/^entra\/disable\/(.*enable|shown|soft-delete)/, 'users who come back stay disabled'],
  [/^entra\/disable\//, 'disabling goes wrong in part'],
  [/^entra\/delete\//, 'deletions go wrong'],
  [/^entra\/look-up\//, 'users who exist aren’t found'],
  [/^entra\/create\/(keeps|active-is)/, 'some attributes of new users are wrong'],
  [/^entra\/create\/twice/, 'duplicates aren’t reported as such'],
  [/^entra\/create\//, 'users aren’t created'],
  [/^entra\/lacks\/groups$/, 'there are no groups'],
  [/^entra\/lacks\/members$/, 'nobody becomes a member of a group'],
  [/^entra\/members\//, 'memberships go wrong'],
  [/^entra\/groups\//, 'groups go wrong'],
  [/^entra\/update\//, 'some changes of attributes aren’t applied'],
  [/^entra\/manager\//, 'managers go wrong'],
  [/^entra\/roles\//, 'app roles are lost'],
  [/^entra\/load\//, 'the server is too slow for Entra, or loses writes under load'],
  [/^entra\/probe\//, 'the connection test can mislead'],
]

/** Everything that is lost. Failures that only follow from another say nothing of their own. */
export function allLosses(outcomes: readonly Outcome[], exchanges: Judged['exchanges']): readonly Loss[] {
  const failed = failedAmong(outcomes)
  const isOwn = takesNoPatch(outcomes) ? (check: Check) => !needsPatch(check) : () => true
  return [
    ...(takesNoPatch(outcomes) ? [noPatch(failed, exchanges)] : []),
    ...lacks(outcomes),
    ...lossesOf(
      failed.filter(({ check }) => isOwn(check)),
      exchanges,
    ),
  ]
}

const needsPatch = ({ needs = [] }: Check): boolean => needs.includes('patch')

const plainUpdates = ['entra/update/replace-displayName', 'entra/update/flag-replace-merged']
const plainChanges = [
  ...['default', 'documented', 'flag', 'flag-without-path'].map(name => `entra/disable/${name}`),
  ...['add-one', 'flag-add'].map(name => `entra/members/${name}`),
]

function takesNoPatch(outcomes: readonly Outcome[]): boolean {
  const allFail = (ids: readonly string[]) => {
    const looked = outcomes.filter(({ check, verdict }) => ids.includes(check.id) && verdict !== 'skipped')
    return looked.length > 0 && failedAmong(looked).length === looked.length
  }
  // Where nobody can be created or read, a PATCH that fails says nothing of PATCH.
  const isRead = outcomes.some(
    ({ check, verdict }) => check.id === 'entra/look-up/read-by-id' && verdict === 'passed',
  )
  return isRead && allFail(plainUpdates) && allFail(plainChanges)
}

function noPatch(failed: readonly Outcome[], exchanges: Judged['exchanges']): Loss {
  const updates = failed.filter(({ check }) => plainUpdates.includes(check.id))
  const isAccepted = lossesOf(updates, exchanges).some(({ effect }) => effect === 'data-lost')
  return {
    id: 'entra/lacks/patch',
    effect: isAccepted ? 'data-lost' : 'escrow',
    words: `Nobody is updated, disabled, enabled or made a member, because ${
      isAccepted
        ? 'PATCH has no effect. The server reports success, so Entra does too, and the values are lost.'
        : 'the server accepts no PATCH as Entra sends it. The requests fail, and Entra retries them later (escrow).'
    }`,
  }
}

/** Reasons for a skip by which a server says what it hasn't got. */
const lacking: readonly (readonly [RegExp, Omit<Loss, 'effect'>])[] = [
  [
    / has no active that could be written\.$/,
    {
      id: 'entra/lacks/active',
      words: 'Disabled users can’t be told from others, because users have no active that could be written.',
    },
  ],
  [
    /^The server has no groups\.$/,
    { id: 'entra/lacks/groups', words: 'Groups aren’t provisioned, because the server has none.' },
  ],
  [
    / has no members that could be written\.$/,
    {
      id: 'entra/lacks/members',
      words: 'Nobody becomes a member, because groups have no members that could be written.',
    },
  ],
]

const lacks = (outcomes: readonly Outcome[]): readonly Loss[] =>
  lacking.flatMap(([reason, loss]) =>
    outcomes.some(outcome => outcome.verdict === 'skipped' && reason.test(outcome.reason ?? ''))
      ? [{ ...loss, effect: 'data-lost' }]
      : [],
  )

/** Whether a reason for a skip says enough of the server: it hasn't got what a check is about, or fails another check. */
export const saysEnough = (reason: string): boolean =>
  isFollowing(reason) ||
  // What can't be created at all fails the check about creating it.
  /^Nothing could be made: POST |^The server has no groups\.$| has no \S+ that could be written\.$/.test(
    reason,
  )
