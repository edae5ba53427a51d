import type { ClientVerdict, EvaluateClient } from '../../grade/verdict.ts'
import type { Outcome } from '../../run/result.ts'
import { bySeverity, findingsOf, type Loss, untestedNote } from '../steps/consequences.ts'

/** If one of these fails, clients of AWS don't work at all. */
const vitalChecks = new Set([
  'aws/users/created-with-201',
  'aws/users/schemas-optional',
  'aws/filters/user-name',
  'aws/filters/nobody',
  'aws/service/takes-json',
  'aws/service/takes-scim-json',
])

const decisiveChecks = new Set([
  ...vitalChecks,
  'aws/users/disabled-stay',
  'aws/users/put-replaces-all',
  'aws/users/deleted-with-204',
  'aws/patch/op-in-any-case',
  'aws/filters/group-name',
  'aws/groups/create-with-members',
  'aws/groups/remove-listed',
  'aws/groups/deleted-with-204',
])

/** Most severe first: missing users, users that can't be disabled, users that can't be deleted, and then members of groups. */
const topics = [
  /^aws\/users\/(id-and-meta|without-email)/,
  /^aws\/users\/(boolean|disabled|inactive)/,
  /deleted/,
  /^aws\/(filters|users)\//,
  /^aws\/groups\//,
]

export const awsVerdict: EvaluateClient = run => {
  const findings = findingsOf(run, 'aws')
  if (findings === undefined) return undefined
  const { own, failed } = findings
  const losses = bySeverity(findings.losses, ({ id }) => vitalChecks.has(id), topics)
  const unlike = failed.length - losses.length
  return {
    client: 'aws',
    ...(summary(losses, untestedNote(own, decisiveChecks)) ?? {
      works: 'yes',
      summary: likeness(own, unlike),
    }),
    because: [...new Set(losses.map(({ summary }) => summary)), ...(unlike > 0 ? [unnoticed(unlike)] : [])],
    terms: [],
  }
}

const unnoticed = (count: number): string =>
  `${count} more ${count === 1 ? 'check fails' : 'checks fail'} because the server accepts what AWS rejects or responds differently; clients don’t notice.`

/** Undefined if nothing fails for clients. */
function summary(
  losses: readonly Loss[],
  unseen: string | undefined,
): Pick<ClientVerdict, 'works' | 'summary'> | undefined {
  const [worst, ...others] = losses
  if (worst && vitalChecks.has(worst.id))
    return { works: 'no', summary: `Clients made for AWS can’t work with it. ${worst.summary}` }
  const more =
    others.length === 0 ? '' : ` ${others.length} more ${others.length === 1 ? 'problem' : 'problems'}.`
  const problems = worst && `${worst.summary}${more}`
  if (unseen) return { works: 'unknown', summary: problems ? `${unseen} ${problems}` : unseen }
  return problems
    ? { works: 'partly', summary: `Clients made for AWS work with it only in part. ${problems}` }
    : undefined
}

function likeness(own: readonly Outcome[], unlike: number): string {
  if (unlike > 0)
    return 'Clients made for AWS work with it; but it accepts or returns what AWS doesn’t, so it can’t replace AWS in tests.'
  const unseen = own.filter(({ verdict }) => verdict !== 'passed').length
  return unseen === 0
    ? 'Clients made for AWS work with it, and it can replace AWS in tests.'
    : `Clients made for AWS work with it. Whether it can replace AWS in tests is unknown, since ${unseen} of the checks weren’t run.`
}
