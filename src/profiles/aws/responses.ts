import type { ErrorReason, ScimError } from '../../scim/error.ts'
import type { JsonObject } from '../../scim/json.ts'
import type { StoredResource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { authenticateHeader, errorUrn } from '../base.ts'
import { toWholeSecond } from '../instants.ts'
import type { OperationName, ResponsePolicy } from '../profile.ts'
import { advertisedConfig, advertisedResourceTypes, advertisedSchemas } from './discovery.ts'
import { genericDetail, invalidFilterDetail } from './document.ts'
import type { Choices } from './features.ts'

/** The responses of AWS. */
export const awsResponses = (choices: Choices): ResponsePolicy => ({
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
