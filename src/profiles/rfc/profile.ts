import { baseProfile } from '../base.ts'
import type { ProfileDefinition } from '../profile.ts'
import { rfcChoices, rfcFeatures, switches } from './features.ts'
import { rfcRequests } from './requests.ts'
import { rfcResponses } from './responses.ts'
import { rfcRules } from './rules.ts'
import { rfcTypes } from './schema.ts'

/** RFC 7643, 7644 and 9865, followed strictly. */
export const rfc: ProfileDefinition = {
  switches,
  fixedTypes: false,
  create: (chosen, declared) => {
    const choices = rfcChoices(chosen)
    const features = rfcFeatures(choices)
    const resourceTypes = rfcTypes(choices, declared)
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
  },
}
