import type { ClientVerdict, EvaluateClient } from '../../grade/verdict.ts'
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
    /^okta\/deactivate\/active-true$|^okta\/look-up\/deactivated$/,
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

export const oktaVerdict: EvaluateClient = ({ outcomes, exchanges, probes }) => {
  const own = outcomesFor(outcomes, 'okta')
  if (own === undefined) return undefined
  const failed = failedOutcomes(own)
  const losses = bySeverity(
    lossesFrom(failed, exchanges, probes),
    ({ id }) => vitalChecks.has(id),
    topics.map(([pattern]) => pattern),
  )
  const verdict = summary(losses, untestedNote(own, decisiveChecks, isAnswer))
  const because = [...new Set(losses.map(({ summary }) => summary))]
  return {
    client: 'okta',
    ...verdict,
    because,
    terms: termsIn(
      because.join(' '),
      failed.some(({ check }) => check.level === 'practice'),
    ),
  }
}

/** What the server lacks is an answer. */
const isAnswer = ({ lacks }: Outcome): boolean => lacks === 'groups' || lacks === 'attribute'

function summary(
  losses: readonly Loss[],
  unseen: string | undefined,
): Pick<ClientVerdict, 'works' | 'summary'> {
  const [worst] = losses
  if (worst && vitalChecks.has(worst.id)) return { works: 'no', summary: `Won’t provision. ${worst.summary}` }
  const problems = joinFirst([
    ...new Set(losses.flatMap(({ id }) => topics.find(([pattern]) => pattern.test(id))?.[1] ?? [])),
  ])
  if (unseen !== undefined)
    return {
      works: 'unknown',
      summary: problems === '' ? unseen : `${unseen} The checks that were run show: ${problems}.`,
    }
  return problems === ''
    ? { works: 'yes', summary: 'Will provision, with group push and import.' }
    : { works: 'partly', summary: `Will provision, but ${problems}.` }
}

const termsIn = (text: string, isPractice: boolean): readonly string[] => [
  ...(text.includes('(task)')
    ? [
        'task: an entry in the Okta Admin Console about a failed request, which an administrator has to retry.',
      ]
    : []),
  ...(isPractice
    ? [
        'practice: not documented by Okta, but its client has been observed to rely on it, or it follows from what is documented.',
      ]
    : []),
]
