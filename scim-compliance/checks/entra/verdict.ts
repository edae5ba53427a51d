import type { Check, Consequence } from '../../check.ts'
import type { Exchange } from '../../client/exchange.ts'
import type { ClientVerdict, EvaluateClient, EvaluatedRun, ExplainFailures } from '../../grade/verdict.ts'
import type { Outcome } from '../../run/result.ts'
import {
  bySeverity,
  failedOutcomes,
  joinFirst,
  type Loss,
  lossesFrom,
  outcomesFor,
  untestedNote,
} from '../steps/consequences.ts'
import { isConsequence } from '../steps/prerequisites.ts'
import { flagged, gallery } from './areas.ts'

/** A short summary for each topic of a loss, the most severe one first. */
const topicIds: readonly (readonly [RegExp, string])[] = [
  [/^entra\/groups\/documented-body$/, 'no groups are created'],
  [/^entra\/lacks\/patch$/, 'users aren’t updated or disabled, and no memberships are written'],
  [/^entra\/disable\/(default|documented|flag|flag-without-path)$/, 'disabled users stay active'],
  [/^entra\/lacks\/active$/, 'disabled users can’t be distinguished from others'],
  [/^entra\/disable\/still/, 'disabled users are lost'],
  [/^entra\/disable\/(.*enable|shown|soft-delete)/, 'users that are assigned again stay disabled'],
  [/^entra\/disable\//, 'some users aren’t disabled correctly'],
  [/^entra\/delete\//, 'deletions don’t work correctly'],
  [/^entra\/look-up\//, 'existing users aren’t found'],
  [/^entra\/create\/(keeps|active-is)/, 'some attributes of new users are wrong'],
  [/^entra\/create\/twice/, 'duplicates aren’t reported as such'],
  [/^entra\/create\//, 'users aren’t created'],
  [/^entra\/lacks\/groups$/, 'the server has no groups'],
  [/^entra\/lacks\/members$/, 'no memberships are written'],
  [/^entra\/members\//, 'memberships aren’t written correctly'],
  [/^entra\/groups\/(look-up$|look-up-(in|by)|name-with|excluded-behind)/, 'existing groups aren’t found'],
  [/^entra\/groups\/twice/, 'duplicate groups aren’t reported as such'],
  [/^entra\/groups\/(read-without|look-up-without|patch-answers)/, 'requests for large groups may time out'],
  [/^entra\/groups\//, 'groups aren’t provisioned correctly'],
  [/^entra\/update\//, 'some changes of attributes aren’t applied'],
  [/^entra\/manager\//, 'managers aren’t set correctly'],
  [/^entra\/roles\//, 'app roles are lost'],
  [/^entra\/load\/same-user/, 'concurrent requests create duplicates'],
  [/^entra\/load\//, 'the server is too slow for Entra, or loses writes under load'],
  [/^entra\/probe\//, 'the connection test can mislead'],
]

/** Failures that follow from another one are left out. */
function findLosses(outcomes: readonly Outcome[], exchanges: EvaluatedRun['exchanges']): readonly Loss[] {
  const failed = failedOutcomes(outcomes)
  const isOwn = takesNoPatch(outcomes) ? (check: Check) => !needsPatch(check) : () => true
  return [
    ...(takesNoPatch(outcomes) ? [noPatch(failed, exchanges)] : []),
    ...lacks(outcomes),
    ...lossesFrom(
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
    return looked.length > 0 && failedOutcomes(looked).length === looked.length
  }
  // If users can't be created or read, a failed PATCH proves nothing about PATCH.
  const isRead = outcomes.some(
    ({ check, verdict }) => check.id === 'entra/look-up/read-by-id' && verdict === 'passed',
  )
  return isRead && allFail(plainUpdates) && allFail(plainChanges)
}

function noPatch(failed: readonly Outcome[], exchanges: EvaluatedRun['exchanges']): Loss {
  const updates = failed.filter(({ check }) => plainUpdates.includes(check.id))
  const isAccepted = lossesFrom(updates, exchanges).some(({ effect }) => effect === 'data-lost')
  return {
    id: 'entra/lacks/patch',
    effect: isAccepted ? 'data-lost' : 'escrow',
    summary: `Users aren’t updated, disabled or enabled, and no memberships are written, because ${
      isAccepted
        ? 'PATCH has no effect. The server reports success, so Entra does too, and the values are lost.'
        : 'the server rejects PATCH in both forms that Entra sends. The requests fail, and Entra retries them later (escrow).'
    }`,
  }
}

const lacking: readonly (readonly [RegExp, Omit<Loss, 'effect'>])[] = [
  [
    / has no writable active\.$/,
    {
      id: 'entra/lacks/active',
      summary: 'Disabled users can’t be distinguished from others, because users have no writable active.',
    },
  ],
  [
    /^The server has no groups\.$/,
    { id: 'entra/lacks/groups', summary: 'Groups aren’t provisioned, because the server has none.' },
  ],
  [
    / has no writable members\.$/,
    {
      id: 'entra/lacks/members',
      summary: 'No memberships are written, because groups have no writable members.',
    },
  ],
]

const lacks = (outcomes: readonly Outcome[]): readonly Loss[] =>
  lacking.flatMap(([reason, loss]) =>
    outcomes.some(outcome => outcome.verdict === 'skipped' && reason.test(outcome.reason ?? ''))
      ? [{ ...loss, effect: 'data-lost' }]
      : [],
  )

const isConclusive = (reason: string): boolean =>
  isConsequence(reason) ||
  // A resource that can't be created fails the check of its creation.
  /^No resource could be created: POST |^The server has no groups\.$| has no writable \S+\.$/.test(reason)

/** The consequences of failures that follow from another one: those of that one. */
export const entraCauses: ExplainFailures = ({ outcomes, exchanges }) => {
  const own = outcomesFor(outcomes, 'entra') ?? []
  const losses = findLosses(own, exchanges)
  const losing = new Set(losses.map(({ id }) => id))
  const cause = losses.find(({ id }) => id === 'entra/lacks/patch')
  const unserved = new Map(exchanges.map(unservedPatch).filter(found => found !== undefined))
  return new Map(
    failedOutcomes(own).flatMap(({ check, exchange = 0 }) => {
      const consequence =
        cause && !losing.has(check.id) ? consequenceOf(cause.effect, cause.summary) : unserved.get(exchange)
      return consequence ? [[check.id, consequence] as const] : []
    }),
  )
}

/** In a run of only a few checks, one response can show that PATCH is not supported. */
function unservedPatch({ number, method, response }: Exchange): readonly [number, Consequence] | undefined {
  if (method !== 'PATCH' || !response || ![405, 501].includes(response.status)) return undefined
  const summary = `Changes in Entra have no effect, because the server returns ${response.status} for PATCH.`
  return [number, consequenceOf('data-lost', summary)]
}

const consequenceOf = (effect: Consequence['effect'], summary: string): Consequence => ({
  client: 'entra',
  effect,
  summary: summary,
})

/** If one of these fails, no user is provisioned. */
const vital = new Set([
  'entra/create/documented-body',
  'entra/create/charset',
  'entra/create/answers-the-id',
  'entra/look-up/by-user-name',
  'entra/look-up/only-the-match',
  'entra/look-up/read-by-id',
])

/** Checks that a verdict requires: each operation of a job, in both dialects. */
const decisive = new Set([
  'entra/probe/user-answers-200',
  ...vital,
  'entra/update/replace-displayName',
  'entra/update/flag-replace-merged',
  'entra/disable/default',
  'entra/disable/flag',
  'entra/disable/default-enable',
  'entra/disable/flag-enable',
  'entra/delete/user-answers-204',
  'entra/groups/documented-body',
  'entra/groups/look-up',
  'entra/members/add-one',
  'entra/members/flag-add',
  'entra/members/remove-listed',
  'entra/members/flag-remove',
])

export const entraVerdict: EvaluateClient = ({ outcomes, exchanges }) => {
  const own = outcomesFor(outcomes, 'entra')
  if (own === undefined) return undefined
  const topics = topicIds.map(([pattern]) => pattern)
  const losses = bySeverity(findLosses(own, exchanges), stopsEverything, topics).toSorted(groupByTopic)
  const verdict = summary(losses, untestedNote(own, decisive, isConclusive))
  const because = [...new Set(losses.map(({ summary }) => summary))]
  const isPractice = failedOutcomes(own).some(({ check }) => check.level === 'practice')
  return {
    client: 'entra',
    ...verdict,
    because,
    terms: termsIn([verdict.summary, ...because].join(' '), isPractice),
  }
}

/** Only requests that every job sends can stop every job. */
const stopsEverything = ({ id, effect, when }: Loss): boolean =>
  when === undefined && (effect === 'quarantine' || vital.has(id))

/** Losses in every job first, then in the other dialect, then in other jobs, and in Microsoft's tests last. */
const groupByTopic = (one: Loss, other: Loss): number => topicOf(one) - topicOf(other)

const topicOf = ({ when }: Loss): number =>
  when === undefined ? 0 : when === flagged ? 1 : when === gallery ? 3 : 2

function summary(
  losses: readonly Loss[],
  unseen: string | undefined,
): Pick<ClientVerdict, 'works' | 'summary'> {
  const [first] = losses.filter(stopsEverything)
  if (first?.effect === 'quarantine')
    return { works: 'no', summary: `Would quarantine the job. ${first.summary}` }
  if (first) return { works: 'no', summary: `Won’t provision. ${first.summary}` }
  const usual = joinFirst(shortSummary(losses.filter(({ when }) => when === undefined)))
  const others = withOtherJobs(losses)
  const problems = [...(usual === '' ? [] : [`${usual}.`]), ...others].join(' ')
  if (unseen !== undefined)
    return {
      works: 'unknown',
      summary: problems === '' ? unseen : `${unseen} The checks that were run show: ${problems}`,
    }
  if (usual !== '') {
    const what = losses.some(({ id }) => id === 'entra/groups/documented-body') ? ' users' : ''
    return { works: 'partly', summary: `Will provision${what}, but ${problems}` }
  }
  if (others.length > 0)
    return { works: 'partly', summary: `Will provision with Entra’s default requests. ${others.join(' ')}` }
  return {
    works: 'yes',
    summary:
      losses.length > 0
        ? 'Will provision; some of Microsoft’s own tests for its app gallery fail.'
        : 'Will provision, in both of Entra’s PATCH dialects.',
  }
}

function withOtherJobs(losses: readonly Loss[]): readonly string[] {
  const inFlagged = shortSummary(losses.filter(({ when }) => when === flagged))
  const others = new Set(losses.filter(loss => topicOf(loss) === 2).map(({ when }) => when)).size
  return [
    ...(inFlagged.length > 0 ? [`If ${flagged}, ${joinFirst(inFlagged)}.`] : []),
    ...(others > 0
      ? [
          `${others} more ${others === 1 ? 'problem affects' : 'problems affect'} only some jobs; see the list.`,
        ]
      : []),
  ]
}

const shortSummary = (losses: readonly Loss[]): readonly string[] => [
  ...new Set(losses.flatMap(({ id }) => topicIds.find(([pattern]) => pattern.test(id))?.[1] ?? [])),
]

const meanings: readonly (readonly [string, string])[] = [
  [
    'quarantine',
    'quarantine: Entra runs the whole job less and less often until the cause is fixed, and disables it after four weeks.',
  ],
  [
    'escrow',
    'escrow: Entra sets aside an object whose request failed, and retries it in later cycles, less and less often.',
  ],
  [
    'aadOptscim062020',
    'aadOptscim062020: a flag that administrators append to the Tenant URL; Entra then sends PATCH in another form.',
  ],
  [
    'app gallery',
    'app gallery: Microsoft’s catalog of applications; an application is listed only if Microsoft’s tests pass.',
  ],
]

const termsIn = (text: string, isPractice: boolean): readonly string[] => [
  ...meanings.flatMap(([term, meaning]) => (text.includes(term) ? [meaning] : [])),
  ...(isPractice
    ? ['practice: not documented by Microsoft, but its client has been observed to rely on it.']
    : []),
]
