import type { ProbeName, SupportedType } from '../../check.ts'
import { joinWords } from '../../grade/join-words.ts'
import type { ClientVerdict, EvaluateClient, EvaluatedRun } from '../../grade/verdict.ts'
import type { Outcome } from '../../run/result.ts'
import { enterpriseUrn } from '../../scim.ts'
import { hasAttribute } from '../steps/attributes.ts'
import { bySeverity, findingsOf, joinFirst, type Loss, untestedNote } from '../steps/consequences.ts'
import { flagged, gallery } from './areas.ts'

/** A short summary for each topic of a loss, the most severe one first. */
const topicIds: readonly (readonly [RegExp, string])[] = [
  [/^entra\/groups\/documented-body$/, 'no groups are created'],
  [/^entra\/update\/replace-displayName$/, 'some changes of attributes aren’t applied'],
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

const typeAt = ({ types = [] }: EvaluatedRun, endpoint: string): SupportedType | undefined =>
  types.find(type => type.endpoint.toLowerCase() === endpoint)

/** Attributes of the default mapping whose loss is noticed first. */
const mapped = 'displayName emails title phoneNumbers addresses manager department employeeNumber'.split(' ')

const pathOf = (name: string): string =>
  ['manager', 'department', 'employeeNumber'].includes(name) ? `${enterpriseUrn}:${name}` : name

/** What users or groups of the server lack, or lose without an error. */
function lacks(failed: readonly Outcome[], run: EvaluatedRun): readonly Loss[] {
  const [users, groups] = [typeAt(run, '/users'), typeAt(run, '/groups')]
  const probe = (name: ProbeName) => run.probes?.find(one => one.name === name)
  const unstored = probe('probe/stored')?.values ?? []
  const isLost = (type: SupportedType, path: string) =>
    !hasAttribute(type, path) || unstored.includes(`${type.name}.${path}`)
  const lost = mapped.filter(name => users && isLost(users, pathOf(name)))
  const names = joinWords(lost)
  const unknown = ['entra/update/unknown-attribute', 'entra/update/unknown-extension']
  const isRejected = failed.some(({ check }) => unknown.includes(check.id))
  const found: readonly (readonly [boolean | undefined, string, string, Partial<Loss>?])[] = [
    [
      users && !hasAttribute(users, 'active'),
      'active',
      'Disabled users can’t be distinguished from others, because users have no writable active.',
    ],
    [users && !groups, 'groups', 'Groups aren’t provisioned, because the server has none.'],
    [
      groups && !hasAttribute(groups, 'members'),
      'members',
      'No memberships are written, because groups have no writable members.',
    ],
    [
      groups && probe('probe/members')?.kind === 'hidden',
      'shown-members',
      'Whether memberships are written can’t be seen, because the server never returns members.',
      { effect: 'shown-wrong', topic: false },
    ],
    [
      lost.length > 0,
      'stored',
      `The server doesn’t store ${names}: Entra sends them, ${isRejected ? 'and retries rejected requests later (escrow)' : 'logs success, and they are lost'}.`,
      {
        topic: `${names} ${lost.length > 1 || names.endsWith('s') ? 'are' : 'is'} lost`,
        ...(isRejected && { effect: 'escrow' }),
      },
    ],
  ]
  return found.flatMap(([is, id, summary, more]) =>
    is ? [{ id: `entra/lacks/${id}`, effect: 'data-lost', summary, ...more }] : [],
  )
}

const isLacking = (losses: readonly Loss[], id: string): boolean =>
  losses.some(loss => loss.id === `entra/lacks/${id}`)

/** What follows from a failure that Entra doesn't notice may still work, so it isn't an answer. */
const unlessUnnoticed = (losses: readonly Loss[]) => {
  const unnoticed = new Set(losses.flatMap(({ id, topic }) => (topic === false ? [id] : [])))
  return ({ follows, ...outcome }: Outcome): Outcome =>
    follows === undefined || unnoticed.has(follows) ? outcome : { ...outcome, follows }
}

/** A skip is an answer where the server lacks what the check is about. */
const isAnswered =
  (losses: readonly Loss[]) =>
  ({ check: { section } }: Outcome): boolean =>
    (section === 'Disable' && isLacking(losses, 'active')) ||
    (/^(Groups|Members)$/.test(section) && isLacking(losses, 'groups')) ||
    (section === 'Members' && (isLacking(losses, 'members') || isLacking(losses, 'shown-members')))

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

export const entraVerdict: EvaluateClient = run => {
  const findings = findingsOf(run, 'entra')
  if (findings === undefined) return undefined
  const { own, failed } = findings
  const topics = topicIds.map(([pattern]) => pattern)
  const found = [...lacks(failed, run), ...findings.losses]
  const losses = bySeverity(found, stopsEverything, topics).toSorted(groupByTopic)
  const unseen = untestedNote(own.map(unlessUnnoticed(losses)), decisive, isAnswered(losses))
  const verdict = summary(losses, unseen)
  const because = [...new Set(losses.map(({ summary }) => summary))]
  const isPractice = failed.some(({ check }) => check.level === 'practice')
  const terms = termsIn([verdict.summary, ...because].join(' '), isPractice)
  return { client: 'entra', ...verdict, because, terms }
}

/** Only requests that every job sends can stop every job. */
const stopsEverything = ({ id, effect, when, topic }: Loss): boolean =>
  when === undefined && topic !== false && (effect === 'quarantine' || vital.has(id))

/** Losses in every job first, then in the other dialect, then in other jobs, and in Microsoft's tests last. */
const groupByTopic = (one: Loss, other: Loss): number => topicOf(one) - topicOf(other)

const topicOf = ({ when }: Loss): number =>
  when === undefined ? 0 : when === flagged ? 1 : when === gallery ? 3 : 2

type Summary = Pick<ClientVerdict, 'works' | 'summary'>

function summary(losses: readonly Loss[], unseen: string | undefined): Summary {
  const [first] = losses.filter(stopsEverything)
  if (first?.effect === 'quarantine')
    return { works: 'no', summary: `Would quarantine the job. ${first.summary}` }
  if (first) return { works: 'no', summary: `Won’t provision. ${first.summary}` }
  const usual = joinFirst(shortSummary(losses.filter(({ when }) => when === undefined)))
  const others = withOtherJobs(losses)
  const problems = [...(usual === '' ? [] : [`${usual}.`]), ...others].join(' ')
  const shown = problems === '' ? '' : ` The checks that were run show: ${problems}`
  if (unseen !== undefined) return { works: 'unknown', summary: `${unseen}${shown}` }
  if (usual !== '') {
    const what = losses.some(({ id }) => id === 'entra/groups/documented-body') ? ' users' : ''
    return { works: 'partly', summary: `Will provision${what}, but ${problems}` }
  }
  if (others.length > 0)
    return { works: 'partly', summary: `Will provision with Entra’s default requests. ${others.join(' ')}` }
  return {
    works: 'yes',
    summary: losses.some(({ when }) => when === gallery)
      ? 'Will provision; some of Microsoft’s own tests for its app gallery fail.'
      : 'Will provision, in both of Entra’s PATCH dialects.',
  }
}

function withOtherJobs(losses: readonly Loss[]): readonly string[] {
  const inFlagged = shortSummary(losses.filter(({ when }) => when === flagged))
  const others = new Set(losses.filter(loss => topicOf(loss) === 2).map(({ when }) => when)).size
  const affecting = others === 1 ? 'problem affects' : 'problems affect'
  return [
    ...(inFlagged.length > 0 ? [`If ${flagged}, ${joinFirst(inFlagged)}.`] : []),
    ...(others > 0 ? [`${others} more ${affecting} only some jobs; see the list.`] : []),
  ]
}

const shortSummary = (losses: readonly Loss[]): readonly string[] => {
  const isNamed = isLacking(losses, 'stored')
  return [
    ...new Set(
      losses
        // entra/lacks/stored names the attributes.
        .filter(({ id }) => !(isNamed && id === 'entra/create/keeps-the-mapping'))
        .flatMap(({ id, topic = topicIds.find(([pattern]) => pattern.test(id))?.[1] }) => topic || []),
    ),
  ]
}

const meanings = {
  quarantine:
    'Entra runs the whole job less and less often until the cause is fixed, and disables it after four weeks.',
  escrow:
    'Entra sets aside an object whose request failed, and retries it in later cycles, less and less often.',
  aadOptscim062020:
    'a flag that administrators append to the Tenant URL; Entra then sends PATCH in another form.',
  'app gallery':
    'Microsoft’s catalog of applications; an application is listed only if Microsoft’s tests pass.',
  practice: 'not documented by Microsoft, but its client has been observed to rely on it.',
}

const termsIn = (text: string, isPractice: boolean): readonly string[] =>
  Object.entries(meanings).flatMap(([term, meaning]) =>
    (term === 'practice' ? isPractice : text.includes(term)) ? [`${term}: ${meaning}`] : [],
  )
