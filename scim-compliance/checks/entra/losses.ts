import type { Check } from '../../check.ts'
import type { Outcome } from '../../run/result.ts'
import { failedAmong, type Loss, lossesOf } from '../tools/consequences.ts'

/** What an administrator would call it, in the fewest words, by what a loss is about; what hurts most comes first. */
export const kinds: readonly (readonly [RegExp, string])[] = [
  [/^entra\/lacks\/patch$/, 'nobody is updated, disabled or made a member'],
  [/^entra\/disable\/(default|documented|flag|flag-without-path)$/, 'disabled users stay active'],
  [/^entra\/lacks\/active$/, 'disabled users can’t be told from others'],
  [/^entra\/disable\/(still|soft-delete)/, 'disabled users are lost'],
  [/^entra\/disable\/(.*enable|shown)/, 'users who come back stay disabled'],
  [/^entra\/disable\//, 'disabling goes wrong in part'],
  [/^entra\/delete\//, 'deletions go wrong'],
  [/^entra\/look-up\//, 'some users who are there aren’t found'],
  [/^entra\/create\//, 'some users aren’t created as Entra sends them'],
  [/^entra\/lacks\/groups$/, 'there are no groups'],
  [/^entra\/lacks\/members$/, 'nobody becomes a member of a group'],
  [/^entra\/members\//, 'memberships go wrong'],
  [/^entra\/groups\//, 'groups go wrong'],
  [/^entra\/update\/flag-/, 'updates with the flag aadOptscim062020 fail'],
  [/^entra\/update\//, 'some changes of attributes are lost'],
  [/^entra\/manager\//, 'managers aren’t kept as Entra sends them'],
  [/^entra\/roles\//, 'app roles are lost'],
  [/^entra\/load\//, 'it is too slow for Entra, or loses writes under load'],
  [/^entra\/probe\//, 'what the connection test says can mislead'],
]

/** Everything that is lost. Failures that only follow from another say nothing of their own. */
export function allLosses(outcomes: readonly Outcome[]): readonly Loss[] {
  const failed = failedAmong(outcomes)
  if (takesNoPatch(outcomes))
    return [noPatch, ...lacks(outcomes), ...lossesOf(failed.filter(({ check }) => !needsPatch(check)))]
  // Checks of those who are disabled begin with this one's request.
  const nobodyIsDisabled = failed.some(({ check }) => check.id === 'entra/disable/flag')
  const own = failed.filter(({ check }) => !(nobodyIsDisabled && isOfDisabled(check)))
  return [...lacks(outcomes), ...lossesOf(own)]
}

const needsPatch = ({ needs = [] }: Check): boolean => needs.includes('patch')

const isOfDisabled = ({ id }: Check): boolean =>
  /^entra\/disable\/(?!(default|documented|flag|flag-without-path)$)/.test(id)

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

const noPatch: Loss = {
  id: 'entra/lacks/patch',
  effect: 'data-lost',
  words:
    'Nobody is updated, disabled, enabled or made a member, because no PATCH is taken as Entra sends it.',
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

/** Whether a reason for a skip says that the server hasn't got what a check is about. */
export const saysLacking = (reason: string): boolean =>
  /^The server has no groups\.$| has no \S+ that could be written\.$/.test(reason)
