import { sources } from '../../profiles/aws/sources.ts'
import type { Statement } from '../../profiles/profile.ts'
import { loadProfile, switchesOf } from '../../profiles/registry.ts'
import { resolveAttribute } from '../../scim/attribute.ts'
import { excerpt } from '../../scim/error.ts'
import { isObject, type Json } from '../../scim/json.ts'
import {
  findingSources,
  inConnection,
  inGroupMapping,
  inScope,
  inSignOn,
  inUserMapping,
} from './entra-pages.ts'
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

const removeFlag = inConnection('take ?aadOptscim062020 out of the Tenant URL.')
const notEntra = 'Entra doesn’t send this; correct the client that does.'

/** For what no page of Entra helps against. */
export const defaultRemedy =
  'Correct the client, or the value in the directory; the answer says which attribute it is about.'

/** What to change so that AWS takes the request, by the id of the rule. */
export const awsRemedies: Readonly<Record<string, string>> = {
  'aws/required-attributes': inUserMapping(
    'map userName, displayName, name.givenName and name.familyName, and give those that may be empty something else to fall back on: IIF(IsPresent([surname]), [surname], "-").',
  ),
  'aws/no-empty-text': inUserMapping(
    'let the expression give something or nothing, such as IgnoreFlowIfNullOrEmpty([jobTitle]), instead of an empty text.',
  ),
  'aws/text-length': inUserMapping('shorten the value: Mid([jobTitle], 1, 1024).'),
  'aws/text-characters': inUserMapping(
    'take white space out of userName and externalId with StripSpaces([userPrincipalName]); other characters with Replace.',
  ),
  'aws/one-value-per-list': inUserMapping(
    'keep one mapping each to emails, phoneNumbers, addresses and roles, those of type "work", and delete phoneNumbers[type eq "mobile"].value and phoneNumbers[type eq "fax"].value.',
  ),
  'aws/email-is-primary': inUserMapping(
    'map emails[type eq "work"].value, which Entra sends as the primary one, and no other email.',
  ),
  'aws/reserved-names': 'Give the user or group another name in the directory.',
  'aws/no-role-display': inUserMapping(
    'map roles[primary eq "True"].value to SingleAppRoleAssignment([appRoleAssignments]), which sends no display.',
  ),
  'aws/put-repeats-the-id': notEntra,
  'aws/no-groups-on-create': inUserMapping(
    'delete the mapping to groups. Memberships are written with the groups.',
  ),
  'aws/at-most-100-members-on-create': notEntra,
  'aws/no-nested-groups': inScope('assign the inner groups themselves instead of the group that holds them.'),
  'aws/no-special-characters': inUserMapping(
    'take the characters out: Replace([displayName], ":", , , "-"). Or correct the names in the directory.',
  ),
  'aws/no-line-breaks': inUserMapping(
    'take tabs and line breaks out of the value with Replace, or correct it in the directory.',
  ),
  'aws/no-unsupported-attributes': inUserMapping('delete the mappings to these attributes.'),
  'aws/no-patch-of-unsupported-attributes': inUserMapping('delete the mappings to these attributes.'),
  'aws/patch-op': notEntra,
  'aws/remove-needs-a-path': notEntra,
  'aws/add-and-replace-need-a-value': notEntra,
  'aws/pathless-changes-one-attribute': removeFlag,
  'aws/attributes-that-patch-changes': inUserMapping(
    'delete the mapping to roles, or let it apply “Only during object creation”.',
  ),
  'aws/no-removing-user-name-and-active': inUserMapping(
    'map userName and active so that they are never empty.',
  ),
  'aws/one-change-of-user-name-and-active': inUserMapping('keep one mapping each to userName and active.'),
  'aws/eq-only-in-paths': inUserMapping('write targets with eq, such as emails[type eq "work"].value.'),
  'aws/no-removing-required-attributes': inUserMapping(
    'give name.givenName, name.familyName and displayName something to fall back on, so that they are never emptied.',
  ),
  'aws/at-most-100-membership-changes': notEntra,
  'aws/no-replacing-members': notEntra,
  'aws/no-removing-all-members': notEntra,
  'aws/members-replaced-by-nobody': notEntra,
  'aws/no-filtered-member-path': removeFlag,
  'aws/no-replacing-groups': notEntra,
  'aws/filters': `${inUserMapping('match by userName or externalId')} and ${inGroupMapping('by displayName or externalId.')}`,
  'aws/cursor-characters': notEntra,
  'aws/count-in-range': notEntra,
  'aws/count-within-page': notEntra,
  'aws/no-empty-cursor-with-filter': notEntra,
  'aws/no-id-with-members-value': notEntra,
  'aws/no-unsupported-parameters':
    'Entra asks for groups without their members, and nothing changes that. AWS is taken to ignore the parameter: see the tenant’s switch unsupportedParameters.',
  'aws/filter-says-member': notEntra,
}

/** Every rule by which AWS may refuse, whatever the switches. */
const rules: readonly Statement[] = [
  ...new Map(
    switchesOf('aws')
      .flatMap(({ id, values }) => values.map(value => loadProfile('aws', { [id]: value }).rules))
      .flatMap((of): readonly Statement[] => Object.values(of).flat())
      .map(({ id, description, source, basis }) => [id, { id, description, source, basis }]),
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

const toDiagnosisRule = ({ id, description, source, basis }: Statement): DiagnosisRule => ({
  id,
  severity: 'error',
  title: description,
  reason: reasons[id] ?? rejectedAsWhole,
  remedy: awsRemedies[id] ?? defaultRemedy,
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
