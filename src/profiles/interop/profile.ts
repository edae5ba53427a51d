import { readDeclarations } from '../../scim/declare/declarations.ts'
import { schemaResource } from '../../scim/discovery.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { ProfileDefinition, ResponsePolicy } from '../profile.ts'
import { rfcChoices, switches as rfcSwitches } from '../rfc/features.ts'
import { rfcProfile } from '../rfc/profile.ts'
import { patchRules, sentPatchRules } from './rules.ts'
import { declaresTypeValues, interopTypes, serviceProviderConfigSchema } from './schema.ts'

/** Clients that follow the profile send no `If-Match` (section 6.7), so it cannot be required. */
export const switches = rfcSwitches.filter(({ id }) => id !== 'ifMatch')

/** The `rfc` profile, narrowed by the SCIM 2.0 Interoperability Profile and by IPSIE's profile for account lifecycles. */
export const interop: ProfileDefinition = {
  switches,
  fixedTypes: false,
  create: (chosen, declared) => {
    const choices = rfcChoices({ ...chosen, ifMatch: 'optional' })
    const resourceTypes = readDeclarations(declared, interopTypes[choices.memberDisplay])
    const profile = rfcProfile(choices, resourceTypes)
    const { ifMatch: _, ...ownChoices } = choices
    return {
      ...profile,
      name: 'interop',
      requests: {
        ...profile.requests,
        unknownAttributes: 'refuse',
        unknownPaths: 'invalidSyntax',
        unknownSchemas: 'invalidSyntax',
        complexReplacement: 'whole',
      },
      rules: { ...profile.rules, sentPatch: sentPatchRules, patch: patchRules },
      responses: interopResponses(profile.responses, resourceTypes),
      switches: ownChoices,
    }
  },
}

const interopResponses = (responses: ResponsePolicy, types: readonly ResourceType[]): ResponsePolicy => ({
  ...responses,
  mediaTypes: ['application/scim+json'],
  serviceProviderConfig: (base, oauth) => ({
    ...responses.serviceProviderConfig(base, oauth),
    interopProfileConformant: declaresTypeValues(types),
  }),
  errorHeaders: error => ({
    ...responses.errorHeaders(error),
    ...(error.reason === 'throttled' && { 'Retry-After': '1' }),
  }),
  schemas: base => [...responses.schemas(base), schemaResource(serviceProviderConfigSchema, base)],
})
