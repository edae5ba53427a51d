import { groupTypeWithSentDisplays, userType } from '../../scim/core-schemas.ts'
import { type Declarations, readDeclarations } from '../../scim/declare/declarations.ts'
import { isObject, type Json } from '../../scim/json.ts'
import type { Resource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { baseProfile, discoveryResponses, resourceTypes, serviceProviderConfigFor } from '../base.ts'
import type {
  Features,
  OperationName,
  Profile,
  ProfileDefinition,
  ProfileRequests,
  ResponsePolicy,
} from '../profile.ts'
import { type Choices, rfcChoices, rfcFeatures, switches } from './features.ts'
import { rfcRules } from './rules.ts'

/** RFC 7643, 7644 and 9865, followed strictly. */
export const rfc: ProfileDefinition = {
  switches,
  fixedTypes: false,
  create: (chosen, declared) => {
    const choices = rfcChoices(chosen)
    return rfcProfile(choices, rfcTypes(choices, declared))
  },
}

export function rfcProfile(choices: Choices, resourceTypes: readonly ResourceType[]): Profile {
  const features = rfcFeatures(choices)
  return {
    name: 'rfc',
    schema: { ...baseProfile.schema, resourceTypes },
    requests: rfcRequests(choices),
    rules: rfcRules(choices),
    responses: rfcResponses(choices, features, resourceTypes),
    features,
    tokenEndpoint: { unknownScopes: 'refuse', repeatedSecret: 'refuse' },
    credentials: 'any',
    switches: choices,
  }
}

const rfcRequests = ({ unknownMembers, unmatchedRemoval }: Choices): ProfileRequests => ({
  ...baseProfile.requests,
  completeResource,
  unknownMembers,
  unmatchedRemoval,
})

/** RFC 7643 §4.1.2: email addresses should be canonical. Domains ignore case; local parts may be case-sensitive. */
function completeResource(type: ResourceType, _operation: OperationName, resource: Resource): Resource {
  const { emails } = resource
  if (!Array.isArray(emails) || type.schema.id !== userType.schema.id) return resource
  const next = emails.map(withLowerDomain)
  return next.every((value, at) => value === emails[at]) ? resource : { ...resource, emails: next }
}

function withLowerDomain(email: Json): Json {
  if (!isObject(email) || typeof email.value !== 'string') return email
  const at = email.value.lastIndexOf('@') + 1
  const value = at === 0 ? email.value : email.value.slice(0, at) + email.value.slice(at).toLowerCase()
  return value === email.value ? email : { ...email, value }
}

const { responses } = baseProfile

const rfcResponses = (
  choices: Choices,
  features: Features,
  types: readonly ResourceType[],
): ResponsePolicy => ({
  ...responses,
  ...discoveryResponses(types),
  nestedGroups: choices.nestedGroups === 'show',
  references: choices.references,
  patched: () => (choices.patchAnswer === '204' ? 204 : 200),
  serviceProviderConfig: serviceProviderConfigFor(features, types, choices.pagination === 'announce'),
})

const typesWithSentDisplays = [userType, groupTypeWithSentDisplays]

/** The types of RFC 7643 with those that a tenant declares. Throws a DeclarationError. */
const rfcTypes = ({ memberDisplay }: Choices, declared: Declarations): readonly ResourceType[] =>
  readDeclarations(declared, memberDisplay === 'sent' ? typesWithSentDisplays : resourceTypes)
