import type { ProfileDefinition } from '../profile.ts'
import { awsApis, awsChoices, awsFeatures, switches } from './features.ts'
import { awsRequests } from './requests.ts'
import { awsResponses } from './responses.ts'
import { awsRules } from './rules.ts'
import { awsResourceTypes, newId } from './schema.ts'

/** AWS IAM Identity Center. */
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
