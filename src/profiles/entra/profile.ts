import { baseProfile } from '../base.ts'
import type { ProfileDefinition } from '../profile.ts'
import { entraChoices, entraFeatures, switches } from './features.ts'
import { entraRequests } from './requests.ts'
import { entraResponses } from './responses.ts'
import { entraRules } from './rules.ts'
import { entraTypes } from './schema.ts'

/** A server that accepts everything that Microsoft's clients send. */
export const entra: ProfileDefinition = {
  switches,
  fixedTypes: false,
  create: (chosen, declared) => {
    const choices = entraChoices(chosen)
    const resourceTypes = entraTypes(choices, declared)
    return {
      name: 'entra',
      schema: { ...baseProfile.schema, resourceTypes },
      requests: entraRequests(resourceTypes),
      rules: entraRules,
      responses: entraResponses(choices, resourceTypes),
      features: entraFeatures,
      tokenEndpoint: { unknownScopes: 'ignore', repeatedSecret: 'accept' },
      credentials: 'any',
      switches: choices,
    }
  },
}
