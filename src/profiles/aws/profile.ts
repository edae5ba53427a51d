import type { Attribute } from '../../scim/attribute.ts'
import type { ErrorReason, ScimError } from '../../scim/error.ts'
import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import type { Resource, StoredResource } from '../../scim/resource.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import { authenticateHeader, errorUrn } from '../base.ts'
import {
  chainNormalizers,
  elementAsList,
  emptyTypeAsAbsent,
  singleElementAsValue,
  stringAsValue,
  textAsBoolean,
  toFullName,
} from '../normalizers.ts'
import {
  type BodySubject,
  type OperationName,
  type OperationSubject,
  type ProfileDefinition,
  type ProfileRequests,
  type ResourceSubject,
  type ResponsePolicy,
  type Rule,
  type Rules,
  toWholeSecond,
} from '../profile.ts'
import { advertisedConfig, advertisedResourceTypes, advertisedSchemas } from './discovery.ts'
import { type DocumentSubject, genericDetail, invalidFilterDetail } from './document.ts'
import { documentRules } from './document-rules.ts'
import { awsApis, awsChoices, awsFeatures, type Choices, limits, switches } from './features.ts'
import { clearsMembers, patchRules, sentPatchRules } from './patch-rules.ts'
import { queryRules } from './query-rules.ts'
import { awsResourceTypes, newId } from './schema.ts'
import { sources } from './sources.ts'

export const aws: ProfileDefinition = {
  switches,
  fixedTypes: true,
  create: chosen => {
    const choices = awsChoices(chosen)
    const resourceTypes = awsResourceTypes(choices)
    return {
      name: 'aws',
      schema: { resourceTypes, newId, removesDanglingReferences: false },
      requests: awsRequests(choices, resourceTypes),
      rules: awsRules(choices),
      responses: awsResponses(choices),
      features: awsFeatures(choices),
      credentials: 'tokens',
      awsApis: awsApis(choices),
      switches: choices,
    }
  },
}

/** Accepts what AWS accepts. Empty strings other than a `type` are kept, so that the rules reject them as AWS does. */
const awsRequests = (choices: Choices, types: readonly ResourceType[]): ProfileRequests => ({
  normalizeValue: chainNormalizers(
    textAsBoolean,
    emptyTypeAsAbsent,
    singleElementAsValue,
    stringAsValue,
    elementAsList,
  ),
  fullAttributeName: attributeNameWith(choices, types),
  unknownAttributes: choices.unknownAttributes,
  unknownPaths: choices.unknownAttributes === 'ignore' ? 'ignore' : 'invalidPath',
  unknownSchemas: choices.unknownAttributes === 'ignore' ? 'ignore' : 'invalidValue',
  schemas: 'optional',
  complexReplacement: 'merge',
  missingElement: 'create',
  unmatchedRemoval: 'ignore',
  ...(choices.untypedEmail === 'replace' && { typesUntyped: isEmails }),
  readOnlyPaths: 'ignore',
  unquotedFilterValues: false,
  comparisonAfterBrackets: false,
  limits,
  addresses: { aliases: {}, caseInsensitive: false, versionOptional: false, unsupportedStatus: 404 },
  completeResource,
  unknownMembers: choices.unknownMembers,
  unknownMemberInFilter: 'not-found',
  ...(choices.legacyMembers === 'ignore' && { ignoresChange: clearsMembers }),
})

const isEmails = ({ name }: Attribute) => name === 'emails'

/** AWS's page on ListGroups lists `member`, but its example has `members`. Filters have `manager` without its URN. */
const attributeNameWith = ({ memberFilter }: Choices, types: readonly ResourceType[]) => {
  const fullName = toFullName(types)
  return (resourceType: string, name: string): string => {
    const acceptsMember = memberFilter !== 'members' && hasMembers(types, resourceType)
    return acceptsMember && name.toLowerCase() === 'member' ? 'members' : fullName(resourceType, name)
  }
}

const hasMembers = (types: readonly ResourceType[], name: string) =>
  typeByName(types, name)?.attributes.some(({ relation }) => relation === 'members') === true

/** The only email address after a PATCH becomes primary, as in PatchUser's sample. */
function completeResource(_type: ResourceType, operation: OperationName, resource: Resource): Resource {
  const [email, ...others] = Array.isArray(resource.emails) ? (resource.emails as readonly Json[]) : []
  if (operation !== 'patch' || others.length > 0 || !isObject(email) || email.primary !== undefined) {
    return resource
  }
  return { ...resource, emails: [{ ...email, primary: true }] }
}

const awsResponses = (choices: Choices): ResponsePolicy => ({
  mediaTypes: ['application/json'],
  headers: request => ({ 'x-amzn-RequestId': request }),
  meta,
  created: 201,
  replaced: Number(choices.putUserStatus),
  patched: ({ attributes }) => (attributes.some(({ relation }) => relation === 'members') ? 204 : 200),
  location: false,
  nestedGroups: false,
  relation: (relation, operation) => (relation === 'groups' ? 'absent' : membersIn(operation, choices)),
  references: 'absolute',
  status: statusWith(choices),
  error: errorWith(choices),
  errorHeaders: error => ({
    ...authenticateHeader(error),
    ...(error.reason === 'throttled' && choices.retryAfter === 'on' && { 'Retry-After': '1' }),
  }),
  serviceProviderConfig: () => advertisedConfig,
  resourceTypes: advertisedResourceTypes,
  schemas: () => advertisedSchemas,
  resourceTypeByName: choices.resourceTypeByName === 'offered',
  publicDiscovery: false,
})

/** AWS returns whole seconds, and neither location nor version. */
const meta = ({ created, lastModified }: StoredResource, type: ResourceType): string =>
  `{"resourceType":${JSON.stringify(type.name)},"created":"${toWholeSecond(created)}","lastModified":"${toWholeSecond(lastModified)}"}`

const membersIn = (operation: OperationName, { membersOnRead }: Choices): 'empty' | 'absent' => {
  switch (operation) {
    case 'list':
      return 'empty'
    case 'read':
      return membersOnRead
    case 'create':
    case 'replace':
    case 'patch':
    case 'delete':
      return 'absent'
  }
}

const statusWith =
  ({ quotaStatus }: Choices) =>
  ({ reason, status }: ScimError): number => {
    if (reason === 'noSuchMember' || reason === 'notImplemented') return 404
    return reason === 'quotaExceeded' ? Number(quotaStatus) : status
  }

const errorWith = (choices: Choices) => {
  const statusOf = statusWith(choices)
  return (error: ScimError, request: string, at: number): JsonObject => ({
    schema: [errorUrn],
    schemas: [errorUrn],
    detail: detailOf(error, statusOf(error), choices),
    status: String(statusOf(error)),
    exceptionRequestId: request,
    timeStamp: timeStamp(at),
  })
}

/** AWS's texts, as observed or listed by CloudTrail. */
const texts: Partial<Record<ErrorReason, string>> = {
  invalidJson: 'Invalid JSON from RequestBody',
  invalidFilter: invalidFilterDetail,
  missingPath: 'Missing path in PATCH request',
  uniqueness: 'Refused to create a new, duplicate resource.',
}

function detailOf(error: ScimError, status: number, { detail }: Choices): string {
  if (status === 400 && detail === 'generic') return genericDetail
  if (error.reason === 'noSuchResource' || error.reason === 'noSuchMember') {
    return `${(error.type ?? 'resource').toUpperCase()} does not exist.`
  }
  return texts[error.reason] ?? error.detail
}

/** As java.sql.Timestamp writes a time: `2026-03-04 05:06:07.12`. */
const timeStamp = (at: number) =>
  new Date(at)
    .toISOString()
    .slice(0, 23)
    .replace('T', ' ')
    .replace(/(\.\d+?)0+$/, '$1')

const ofBody = (rule: Rule<DocumentSubject>): Rule<BodySubject> => ({
  ...rule,
  check: ({ operation, type, body }) => rule.check({ operation, type, document: body }),
})

/** Only for PATCH: the resource of a POST or PUT follows from its body, which has been checked. */
const afterPatch = (rule: Rule<DocumentSubject>): Rule<ResourceSubject> => ({
  ...rule,
  check: ({ operation, type, resource }) =>
    operation === 'patch' ? rule.check({ operation, type, document: resource }) : undefined,
})

const replaceGroupRule = ({ putGroupStatus }: Choices): Rule<OperationSubject> => ({
  id: 'aws/no-replacing-groups',
  description: 'Groups can be changed only by PATCH; PUT is not supported.',
  source: sources.operations,
  basis: 'documented',
  remedy: 'Change groups with PATCH.',
  status: Number(putGroupStatus),
  check: ({ operation, type }) =>
    operation === 'replace' && type.attributes.some(({ relation }) => relation === 'members')
      ? { detail: genericDetail }
      : undefined,
})

export const awsRules = (choices: Choices): Rules => {
  const ofDocuments = documentRules(choices)
  return {
    operation: [replaceGroupRule(choices)],
    body: ofDocuments.map(ofBody),
    resource: ofDocuments.map(afterPatch),
    sentPatch: sentPatchRules(choices),
    patch: patchRules(choices),
    query: queryRules(choices, awsFeatures(choices).paging.maxCount),
  }
}
