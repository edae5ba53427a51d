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

/** The fewest summary for a loss, by what it is about; what hurts most comes first. */
export const topicIds: readonly (readonly [RegExp, string])[] = [
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
export function findLosses(
  outcomes: readonly Outcome[],
  exchanges: EvaluatedRun['exchanges'],
): readonly Loss[] {
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
  // Where nobody can be created or read, a PATCH that fails says nothing of PATCH.
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
    summary: `Nobody is updated, disabled, enabled or made a member, because ${
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
      summary:
        'Disabled users can’t be told from others, because users have no active that could be written.',
    },
  ],
  [
    /^The server has no groups\.$/,
    { id: 'entra/lacks/groups', summary: 'Groups aren’t provisioned, because the server has none.' },
  ],
  [
    / has no members that could be written\.$/,
    {
      id: 'entra/lacks/members',
      summary: 'Nobody becomes a member, because groups have no members that could be written.',
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
export const isConclusive = (reason: string): boolean =>
  isConsequence(reason) ||
  // What can't be created at all fails the check about creating it.
  /^Nothing could be made: POST |^The server has no groups\.$| has no \S+ that could be written\.$/.test(
    reason,
  )

/** Failures of Entra's checks that only follow from another, and what that one comes to. */
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

/** Where the run was of a few checks, an answer alone may tell that there is no PATCH. */
function unservedPatch({ number, method, response }: Exchange): readonly [number, Consequence] | undefined {
  if (method !== 'PATCH' || !response || ![405, 501].includes(response.status)) return undefined
  const summary = `Nothing that Entra changes arrives, because PATCH is answered with ${response.status}.`
  return [number, consequenceOf('data-lost', summary)]
}

const consequenceOf = (effect: Consequence['effect'], summary: string): Consequence => ({
  client: 'entra',
  effect,
  summary: summary,
})

/** Without these nobody is provisioned at all. */
const vital = new Set([
  'entra/create/documented-body',
  'entra/create/charset',
  'entra/create/answers-the-id',
  'entra/look-up/by-user-name',
  'entra/look-up/only-the-match',
  'entra/look-up/read-by-id',
])

/** What has to be looked at before anything is promised: each thing that a job does, in both dialects. */
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

/** What a job of Entra ID would come to with this server. */
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

/** Only what every job sends can stop every job. */
const stopsEverything = ({ id, effect, when }: Loss): boolean =>
  when === undefined && (effect === 'quarantine' || vital.has(id))

/** What concerns every job first, then the other dialect, then other jobs, and Microsoft's tests last. */
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
  const told = [...(usual === '' ? [] : [`${usual}.`]), ...others].join(' ')
  if (unseen !== undefined)
    return { works: 'unknown', summary: told === '' ? unseen : `${unseen} What was looked at shows: ${told}` }
  if (usual !== '') {
    const what = losses.some(({ id }) => id === 'entra/groups/documented-body') ? ' users' : ''
    return { works: 'partly', summary: `Will provision${what}, but ${told}` }
  }
  if (others.length > 0)
    return { works: 'partly', summary: `Will provision with Entra’s default requests. ${others.join(' ')}` }
  return {
    works: 'yes',
    summary:
      losses.length > 0
        ? 'Will provision; some of Microsoft’s own tests for its app gallery fail.'
        : 'Will provision, in both of its dialects.',
  }
}

/** What goes wrong in jobs that are set up otherwise, or with some data only. */
function withOtherJobs(losses: readonly Loss[]): readonly string[] {
  const inFlagged = shortSummary(losses.filter(({ when }) => when === flagged))
  const others = new Set(losses.filter(loss => topicOf(loss) === 2).map(({ when }) => when)).size
  return [
    ...(inFlagged.length > 0 ? [`If ${flagged}, ${joinFirst(inFlagged)}.`] : []),
    ...(others > 0
      ? [
          `In ${others} ${others === 1 ? 'case' : 'cases'} that not every job has, more goes wrong; see the list.`,
        ]
      : []),
  ]
}

/** Each kind once, in the order of the losses. */
const shortSummary = (losses: readonly Loss[]): readonly string[] => [
  ...new Set(losses.flatMap(({ id }) => topicIds.find(([pattern]) => pattern.test(id))?.[1] ?? [])),
]

const meanings: readonly (readonly [string, string])[] = [
  [
    'quarantine',
    'quarantine: Entra runs the whole job less and less often until the cause is gone, and disables it after four weeks.',
  ],
  [
    'escrow',
    'escrow: Entra puts an object whose request failed aside, and retries it in later cycles, less and less often.',
  ],
  [
    'aadOptscim062020',
    'aadOptscim062020: a flag that administrators append to the Tenant URL; Entra then sends PATCH in another form.',
  ],
  [
    'app gallery',
    'app gallery: Microsoft’s catalog of applications; before it lists one, its own tests have to pass.',
  ],
]

/** The terms that a text has, and the level `practice` where checks of it failed. */
const termsIn = (text: string, isPractice: boolean): readonly string[] => [
  ...meanings.flatMap(([term, meaning]) => (text.includes(term) ? [meaning] : [])),
  ...(isPractice ? ['practice: Microsoft doesn’t document it, but its client is seen to rely on it.'] : []),
]
