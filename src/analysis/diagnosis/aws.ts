import { sources } from '../../profiles/aws/sources.ts'
import { findingSources, inConnection, inScope, inSignOn, inUserMapping } from '../../profiles/entra-pages.ts'
import type { Rule } from '../../profiles/profile.ts'
import { loadProfile, switchesOf } from '../../profiles/registry.ts'
import { resolveAttribute } from '../../scim/attribute.ts'
import { excerpt } from '../../scim/error.ts'
import { isObject, type Json } from '../../scim/json.ts'
import {
  type DiagnosisRule,
  type DiagnosisSubject,
  isUser,
  type SentOperation,
  textAt,
  valuesAt,
} from './subject.ts'

/** What an operation writes: one value at its path, or one for each name in a value without a path. */
const changedPaths = ({ path, value }: SentOperation): readonly (readonly [string, Json | undefined])[] => {
  if (path !== undefined) return [[path, value]]
  return isObject(value) ? Object.entries(value) : []
}

/** Whether a PATCH had an operation that was accepted and not carried out. */
const hasIgnoredChange = ({ type, operations, ignoresChange }: DiagnosisSubject): boolean =>
  operations.some(operation => {
    const op = operation.op.toLowerCase()
    if (op !== 'add' && op !== 'replace' && op !== 'remove') return false
    return changedPaths(operation).some(([name, value]) => {
      const [attribute, ...below] = (type && resolveAttribute(type, name)) ?? []
      return attribute !== undefined && below.length === 0 && ignoresChange?.(op, attribute, value) === true
    })
  })

const isAddress = (text: string) => /^[^\s@]+@[^\s@]+$/.test(text)

/** Requests that AWS accepts without the effect that the client expects. */
export const silentlyAcceptedRules: readonly DiagnosisRule[] = [
  {
    id: 'aws/user-name-is-no-address',
    severity: 'warning',
    title: 'The userName is not an email address',
    reason:
      'AWS accepts this user, who can never sign in: the SAML NameID has to be an email address, and has to equal the userName.',
    remedy: `${inUserMapping('map userPrincipalName to userName.')} ${inSignOn('set Unique User Identifier (Name ID) to user.userprincipalname, in the format Email address.')}`,
    source: sources.troubleshooting,
    basis: 'documented',
    detect: subject => {
      const name = isUser(subject) && subject.aws?.accepted ? textAt(subject, 'userName') : undefined
      return name === undefined || isAddress(name) ? undefined : `The userName is "${excerpt(name)}".`
    },
  },
  {
    id: 'aws/empty-replacement-ignored',
    severity: 'warning',
    title: 'A replacement of all members by none is ignored',
    reason:
      'AWS returns 204 and does nothing: the group keeps its members, and the client takes it for empty.',
    remedy:
      'Entra doesn’t send this. Correct the client: list the members to remove in the value of a remove.',
    source: sources.lichti,
    basis: 'observed',
    detect: subject =>
      subject.exchange.status < 400 && hasIgnoredChange(subject)
        ? `AWS returned ${subject.exchange.status} and did nothing.`
        : undefined,
  },
]

type AnyRule = Omit<Rule<never>, 'check'>

/** The rules by which AWS may refuse, whatever the switches. */
const rules: readonly AnyRule[] = [
  ...new Map(
    switchesOf('aws')
      .flatMap(({ id, values }) => values.map(value => loadProfile('aws', { [id]: value }).rules))
      .flatMap((of): readonly AnyRule[] => Object.values(of).flat())
      .map(rule => [rule.id, rule]),
  ).values(),
]

/** What was broken before AWS was asked, or by a tenant that is AWS: the exchange itself says so. */
const ruleDetail = (id: string, { aws, exchange, answer }: DiagnosisSubject): string | undefined => {
  const broken = aws?.rules.find(rule => rule.id === id)
  if (broken) return broken.detail
  if (exchange.rule !== id) return undefined
  return typeof answer?.detail === 'string' ? answer.detail : 'The request was refused by this rule.'
}

const rejectedAsWhole = 'AWS refuses the request as a whole, and nothing of it is done.'

/** For a rule whose refusal leaves a change behind. */
const reasons: Readonly<Record<string, string>> = {
  'aws/members-replaced-by-nobody': 'AWS refuses the request and still removes all members of the group.',
}

const toDiagnosisRule = ({ id, description, source, basis, remedy }: AnyRule): DiagnosisRule => ({
  id,
  severity: 'error',
  title: description,
  reason: reasons[id] ?? rejectedAsWhole,
  remedy,
  source,
  basis,
  detect: subject => {
    const detail = ruleDetail(id, subject)
    return detail === undefined ? undefined : `AWS answers: ${excerpt(detail, 600)}`
  },
})

/** What AWS refuses without a rule that says so: by what its schema demands, and by what it holds. */
const rejectedWithoutRule = ({ aws, exchange }: DiagnosisSubject, statuses: readonly number[]) =>
  aws &&
  !aws.accepted &&
  aws.rules.length === 0 &&
  exchange.rule === undefined &&
  statuses.includes(aws.status)
    ? `AWS answers ${aws.status}${aws.detail === undefined ? '' : `: ${excerpt(aws.detail, 600)}`}`
    : undefined

const namesMembers = (subject: DiagnosisSubject) => valuesAt(subject, 'members.value').length > 0

/** What isn't there, isn't there: only where the tenant has taken the request, or members are meant. */
const otherRules: readonly DiagnosisRule[] = [
  {
    id: 'aws/schema',
    severity: 'error',
    title: 'AWS’s schema doesn’t allow it',
    reason: rejectedAsWhole,
    remedy: inUserMapping('correct the mapping to the attribute that the answer names.'),
    source: findingSources.aws,
    basis: 'inferred',
    detect: subject => rejectedWithoutRule(subject, [400, 413, 415]),
  },
  {
    id: 'aws/taken',
    severity: 'error',
    title: 'AWS wants it to be unique',
    reason:
      'On AWS userName, email address, externalId and a group’s displayName are each had by one resource only.',
    remedy: inUserMapping('map to the attribute what no two users share, such as objectId to externalId.'),
    source: findingSources.aws,
    basis: 'inferred',
    detect: subject => (subject.exchange.status === 409 ? undefined : rejectedWithoutRule(subject, [409])),
  },
  {
    id: 'aws/unknown-member',
    severity: 'error',
    title: 'AWS takes no member who isn’t there',
    reason: 'The whole request is refused, with everybody else whom it would have added.',
    remedy: inScope('see that all members are in scope, and that each was created without an error.'),
    source: findingSources.aws,
    basis: 'inferred',
    detect: subject => (namesMembers(subject) ? rejectedWithoutRule(subject, [404]) : undefined),
  },
  {
    id: 'aws/not-offered',
    severity: 'error',
    title: 'AWS doesn’t offer it',
    reason: 'The tenant has taken the request, but AWS has nothing at this address, or not with this method.',
    remedy: inConnection(
      'keep to /Users and /Groups as Entra writes them: no bulk requests, no searches by POST.',
    ),
    source: findingSources.aws,
    basis: 'inferred',
    detect: subject =>
      subject.exchange.status < 400 && !namesMembers(subject)
        ? rejectedWithoutRule(subject, [403, 404, 405, 501])
        : undefined,
  },
]

/** What would fail on AWS, or has failed on a tenant that is AWS, and what AWS accepts without the expected effect. */
export const awsRules: readonly DiagnosisRule[] = [
  ...rules.map(toDiagnosisRule),
  ...otherRules,
  ...silentlyAcceptedRules,
]
