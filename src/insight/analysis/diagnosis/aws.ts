import type { Exchange } from '../../../domain/journal/exchange.ts'
import { findingOfViolation } from '../../../domain/missing-attributes.ts'
import type { AccountAssignments } from '../../../domain/ports/account-assignments.ts'
import type { Tenant } from '../../../domain/tenants/tenant.ts'
import { awsChoices } from '../../../profiles/aws/features.ts'
import { awsRules as rulesOfProfile } from '../../../profiles/aws/profile.ts'
import { sources } from '../../../profiles/aws/sources.ts'
import {
  findingSources,
  inConnection,
  inScope,
  inSignOn,
  inUserMapping,
} from '../../../profiles/entra-pages.ts'
import type { AttributeViolation, Rule } from '../../../profiles/profile.ts'
import { switchesOf } from '../../../profiles/registry.ts'
import { resolveAttribute } from '../../../scim/attribute.ts'
import { isObject, type Json } from '../../../scim/json.ts'
import type { SentOperation } from '../../../scim/messages.ts'
import { excerpt } from '../../../scim/text.ts'
import { isAddress } from '../../sign-in-check/user-name.ts'
import { isMissing } from './attributes.ts'
import { hasUnquotedValue } from './other-clients.ts'
import {
  type DiagnosisRule,
  type DiagnosisSubject,
  isUser,
  type LostAssignment,
  textAt,
  valuesAt,
} from './subject.ts'

const changedPaths = ({ path, value }: SentOperation): readonly (readonly [string, Json | undefined])[] => {
  if (path !== undefined) return [[path, value]]
  return isObject(value) ? Object.entries(value) : []
}

const hasIgnoredChange = ({ type, operations, ignoresChange }: DiagnosisSubject): boolean =>
  operations.some(operation => {
    const op = operation.op.toLowerCase()
    if (op !== 'add' && op !== 'replace' && op !== 'remove') return false
    return changedPaths(operation).some(([name, value]) => {
      const [attribute, ...below] = (type && resolveAttribute(type, name)) ?? []
      return attribute !== undefined && below.length === 0 && ignoresChange?.(op, attribute, value) === true
    })
  })

const silentlyAcceptedRules: readonly DiagnosisRule[] = [
  {
    id: 'aws/user-name-is-no-address',
    severity: 'warning',
    title: 'The userName is not an email address',
    reason:
      'AWS accepts the user, but the user can never sign in: the SAML NameID must be an email address that equals the userName.',
    remedy:
      'Map the email address with which the user signs in to userName, and send the same value as NameID, with the format email address.',
    remedies: {
      entra: `${inUserMapping('map userPrincipalName to userName.')} ${inSignOn('set Unique User Identifier (Name ID) to user.userprincipalname, with the format Email address.')}`,
    },
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
    title: 'Replacing members with an empty list has no effect',
    reason:
      'AWS returns 204 but changes nothing: the group keeps its members, and the client assumes that it is empty.',
    remedy: 'List the members to remove in the value of a remove operation.',
    source: sources.lichti,
    basis: 'observed',
    detect: subject =>
      subject.exchange.status < 400 && hasIgnoredChange(subject)
        ? `AWS returned ${subject.exchange.status} and changed nothing.`
        : undefined,
  },
]

type AnyRule = Omit<Rule<never>, 'check'>

const rules: readonly AnyRule[] = [
  ...new Map(
    switchesOf('aws')
      .flatMap(({ id, values }) => values.map(value => rulesOfProfile(awsChoices({ [id]: value }))))
      .flatMap((of): readonly AnyRule[] => Object.values(of).flat())
      .map(rule => [rule.id, rule]),
  ).values(),
]

/** Whether other findings report each attribute that breaks the rule: this one would repeat them. */
const isReportedByOthers = (subject: DiagnosisSubject, attributes: readonly AttributeViolation[]): boolean =>
  attributes.length > 0 &&
  attributes.every(one => findingOfViolation(one) !== undefined && isMissing(subject, one.path))

const ruleDetail = (id: string, subject: DiagnosisSubject): string | undefined => {
  const { aws, exchange, answer } = subject
  const broken = aws?.rules.find(rule => rule.id === id)
  if (broken) return isReportedByOthers(subject, broken.attributes ?? []) ? undefined : broken.detail
  if (exchange.rule !== id) return undefined
  return typeof answer?.detail === 'string' ? answer.detail : 'The request violates this rule.'
}

const requestRejected = 'AWS rejects the whole request; nothing is saved.'

const reasons: Readonly<Record<string, string>> = {
  'aws/members-replaced-by-nobody': 'AWS rejects the request, but still removes all members of the group.',
}

const toDiagnosisRule = ({
  id,
  description,
  source,
  basis,
  remedy,
  entraRemedy,
}: AnyRule): DiagnosisRule => ({
  id,
  severity: 'error',
  title: description,
  reason: reasons[id] ?? requestRejected,
  remedy,
  ...(entraRemedy !== undefined && { remedies: { entra: entraRemedy } }),
  source,
  basis,
  detect: subject => {
    const detail = ruleDetail(id, subject)
    return detail === undefined ? undefined : `AWS returns: ${excerpt(detail, 600)}`
  },
})

const rejectedWithoutRule = ({ aws, exchange }: DiagnosisSubject, statuses: readonly number[]) =>
  aws &&
  !aws.accepted &&
  aws.rules.length === 0 &&
  exchange.rule === undefined &&
  statuses.includes(aws.status)
    ? `AWS returns ${aws.status}${aws.detail === undefined ? '' : `: ${excerpt(aws.detail, 600)}`}`
    : undefined

const namesMembers = (subject: DiagnosisSubject) => valuesAt(subject, 'members.value').length > 0

/** A 404 is reported only if the tenant accepted the request, or if members are unknown. */
const otherRules: readonly DiagnosisRule[] = [
  {
    id: 'aws/schema',
    severity: 'error',
    title: 'Not allowed by AWS’s schema',
    reason: requestRejected,
    remedy: 'Correct the mapping to the attribute that the response names.',
    remedies: { entra: inUserMapping('correct the mapping to the attribute that the response names.') },
    source: findingSources.aws,
    basis: 'inferred',
    detect: subject =>
      hasUnquotedValue(subject) ? undefined : rejectedWithoutRule(subject, [400, 413, 415]),
  },
  {
    id: 'aws/taken',
    severity: 'error',
    title: 'Duplicate value on AWS',
    reason: 'On AWS, userName, email address, externalId and the displayName of a group must be unique.',
    remedy: 'Map a unique attribute, such as an identifier that never changes to externalId.',
    remedies: { entra: inUserMapping('map a unique source attribute, such as objectId to externalId.') },
    source: findingSources.aws,
    basis: 'inferred',
    detect: subject => (subject.exchange.status === 409 ? undefined : rejectedWithoutRule(subject, [409])),
  },
  {
    id: 'aws/unknown-member',
    severity: 'error',
    title: 'Unknown member on AWS',
    reason: 'AWS rejects the whole request; none of the members is added.',
    remedy: 'Check that all members are provisioned and were created without an error.',
    remedies: { entra: inScope('check that all members are in scope and were created without an error.') },
    source: findingSources.aws,
    basis: 'inferred',
    detect: subject => (namesMembers(subject) ? rejectedWithoutRule(subject, [404]) : undefined),
  },
  {
    id: 'aws/not-offered',
    severity: 'error',
    title: 'Not supported by AWS',
    reason: 'The tenant accepted the request, but AWS doesn’t support this URL or method.',
    remedy: 'Use only /Users and /Groups: no bulk requests, and no searches by POST.',
    remedies: {
      entra: inConnection(
        'use only /Users and /Groups as Entra does: no bulk requests and no searches by POST.',
      ),
    },
    source: findingSources.aws,
    basis: 'inferred',
    detect: subject =>
      subject.exchange.status < 400 && !namesMembers(subject)
        ? rejectedWithoutRule(subject, [403, 404, 405, 501])
        : undefined,
  },
]

export const awsRules: readonly DiagnosisRule[] = [
  ...rules.map(toDiagnosisRule),
  ...otherRules,
  ...silentlyAcceptedRules,
]

const maxNamed = 3

const describeLost = (lost: readonly LostAssignment[]): string => {
  const named = lost
    .slice(0, maxNamed)
    .map(({ account, permissionSet }) => `${permissionSet} in account ${account}`)
  const more = lost.length - named.length
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

export const assignmentRules: readonly DiagnosisRule[] = [
  {
    id: 'client/assignments-lost',
    severity: 'warning',
    title: 'Created again: account assignments lost',
    reason:
      'AWS assigns accounts and permission sets to the ID of a user or group. A user or group that is deleted and created again has a new ID and no assignments: the user or all members of the group lose access. The old assignments remain, for an ID that does not exist.',
    remedy:
      'Assign the accounts to the new ID, and delete the old assignments, which `scimulator access dangling` lists. To prevent this, keep users and groups in scope, disable users instead of deleting them, and assign accounts to groups.',
    source:
      'https://docs.aws.amazon.com/singlesignon/latest/userguide/users-groups-provisioning.html#user-deletion',
    basis: 'documented',
    detect: ({ exchange: { target }, lostAssignments = [] }) => {
      const [first] = lostAssignments
      return first === undefined
        ? undefined
        : `The ID is ${target?.id} now; it was ${first.formerId}, which still has ${describeLost(lostAssignments)}.`
    },
  },
]

const createsResource = ({ operation, status, target, api }: Exchange): boolean =>
  operation === 'create' && status < 300 && target?.id !== undefined && api !== 'sso-admin'

export async function findLostAssignments(
  assignments: Pick<AccountAssignments, 'leftBehind' | 'permissionSetsById'>,
  tenant: Tenant,
  exchange: Exchange,
): Promise<readonly LostAssignment[]> {
  const id = exchange.target?.id
  if (id === undefined || !createsResource(exchange)) return []
  const left = await assignments.leftBehind(tenant.key, id, exchange.tenantTime)
  if (left.length === 0) return []
  const names = await assignments.permissionSetsById(tenant.key, [
    ...new Set(left.map(({ permissionSet }) => permissionSet)),
  ])
  return left.map(({ account, permissionSet, principal }) => ({
    formerId: principal.id,
    account,
    permissionSet: names.get(permissionSet)?.name ?? permissionSet,
  }))
}
