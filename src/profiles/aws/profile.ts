import { randomUUID } from 'node:crypto'
import { isObject, type Json } from '../../scim/json.ts'
import type { Resource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { OperationName, Profile } from '../profile.ts'
import { awsChoices, awsPaging, limits } from './features.ts'
import { awsRequests } from './requests.ts'
import { awsResponses } from './responses.ts'
import { awsRules } from './rules.ts'
import { awsResourceTypes } from './schema.ts'

/** AWS IAM Identity Center, as a tenant's switches have it. */
export const awsProfile = (chosen: Readonly<Record<string, string>>): Profile => {
  const choices = awsChoices(chosen)
  const resourceTypes = awsResourceTypes(choices)
  return {
    name: 'aws',
    resourceTypes,
    requests: awsRequests(choices, resourceTypes),
    rules: awsRules(choices),
    responses: awsResponses(choices),
    paging: awsPaging(choices),
    projection: false,
    features: { search: false, sort: false, etag: false },
    requiresIfMatch: false,
    discoveryFilter: 'ignore',
    limits,
    newId,
    completeResource,
    unknownMemberInFilter: 'not-found',
    unknownMembers: choices.unknownMembers,
    removesDanglingReferences: false,
    addresses: { aliases: {}, caseInsensitive: false, versionOptional: false, unsupportedStatus: 404 },
    switches: choices,
  }
}

/** The shape of the ids that AWS has given since about 2022: `b4f8c4a8-30d1-70e2-9c55-1f0a6a7d2e31`. */
const newId = (): string =>
  randomUUID().replace(
    /^(.).(.).(.).(.).-(.).(.).-..(..)/,
    (_, a: string, b: string, c: string, d: string, e: string, f: string, g: string) =>
      `${a}4${b}8${c}4${d}8-${e}0${f}1-70${g}`,
  )

/** A lone email address that a PATCH has made becomes the primary one, as PatchUser's sample shows it. */
function completeResource(_type: ResourceType, operation: OperationName, resource: Resource): Resource {
  const [email, ...others] = Array.isArray(resource.emails) ? (resource.emails as readonly Json[]) : []
  if (operation !== 'patch' || others.length > 0 || !isObject(email) || email.primary !== undefined) {
    return resource
  }
  return { ...resource, emails: [{ ...email, primary: true }] }
}
