import type { ClientVerdict, EvaluateClient } from '../../grade/verdict.ts'
import type { Outcome } from '../../run/result.ts'
import { bySeverity, findingsOf, joinFirst, type Loss, untestedNote } from '../steps/consequences.ts'

/** If one of these fails, nothing is provisioned. */
const vitalChecks = new Set([
  'okta/connection/users',
  'okta/connection/groups',
  'okta/connection/numbers',
  'okta/look-up/by-user-name',
  'okta/look-up/nobody',
  'okta/create/documented-body',
  'okta/create/returns-the-user',
])

/** Checks that a verdict requires: each request of an app with group push. */
const decisiveChecks = new Set([
  ...vitalChecks,
  'okta/update/put-what-was-read',
  'okta/deactivate/active-false',
  'okta/deactivate/active-true',
  'okta/groups/created-empty',
  'okta/groups/rename',
  'okta/members/add',
  'okta/members/remove',
])

/** A short summary for each topic of a loss, the most severe one first. */
const topics: readonly (readonly [RegExp, string])[] = [
  [/^okta\/deactivate\/active-false$/, 'deactivated users stay active'],
  [
    /^okta\/(deactivate\/active-true|look-up\/deactivated)$/,
    'users that are assigned again stay deactivated',
  ],
  [/^okta\/groups\/created-empty$/, 'no groups are pushed'],
  [/^okta\/members\/(add|remove|remove-and-add)$/, 'memberships aren’t pushed correctly'],
  [/^okta\/update\/put-what-was-read$/, 'changes of profiles aren’t applied'],
  [/^okta\/update\//, 'updates of profiles lose data'],
  [/^okta\/create\/twice/, 'duplicates aren’t reported as such'],
  [/^okta\/create\/keeps-the-profile$/, 'parts of new profiles are lost'],
  [/^okta\/groups\/rename/, 'groups aren’t renamed'],
  [/^okta\/groups\/look-up/, 'existing groups aren’t found'],
  [/^okta\/members\/push-now/, 'Push now doesn’t set members'],
  [/^okta\/groups\//, 'groups aren’t deleted correctly'],
  [/^okta\/import\//, 'imports miss users'],
  [/^okta\/(create|look-up)\/keeps-/, 'names are changed'],
  [/^okta\/deactivate\//, 'deactivated users lose data'],
]

export const oktaVerdict: EvaluateClient = run => {
  const findings = findingsOf(run, 'okta')
  if (findings === undefined) return undefined
  const { own, failed } = findings
  const patterns = topics.map(([pattern]) => pattern)
  const losses = bySeverity(findings.losses, ({ id }) => vitalChecks.has(id), patterns)
  const verdict = summary(losses, untestedNote(own, decisiveChecks, isAnswer))
  const because = [...new Set(losses.map(({ summary }) => summary))]
  const isPractice = failed.some(({ check }) => check.level === 'practice')
  return { client: 'okta', ...verdict, because, terms: termsIn(because.join(' '), isPractice) }
}

/** What the server lacks is an answer. */
const isAnswer = ({ lacks }: Outcome): boolean => lacks === 'groups' || lacks === 'attribute'

type Summary = Pick<ClientVerdict, 'works' | 'summary'>

function summary(losses: readonly Loss[], unseen: string | undefined): Summary {
  const [worst] = losses
  if (worst && vitalChecks.has(worst.id)) return { works: 'no', summary: `Won’t provision. ${worst.summary}` }
  const problems = joinFirst([
    ...new Set(losses.flatMap(({ id }) => topics.find(([pattern]) => pattern.test(id))?.[1] ?? [])),
  ])
  const shown = problems === '' ? '' : ` The checks that were run show: ${problems}.`
  if (unseen !== undefined) return { works: 'unknown', summary: `${unseen}${shown}` }
  return problems === ''
    ? { works: 'yes', summary: 'Will provision, with group push and import.' }
    : { works: 'partly', summary: `Will provision, but ${problems}.` }
}

const task =
  'task: an entry in the Okta Admin Console about a failed request, which an administrator has to retry.'
const practice =
  'practice: not documented by Okta, but its client has been observed to rely on it, or it follows from what is documented.'

const termsIn = (text: string, isPractice: boolean): readonly string[] => [
  ...(text.includes('(task)') ? [task] : []),
  ...(isPractice ? [practice] : []),
]
