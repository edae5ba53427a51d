import type { ResourceType } from '../../scim/resource-types.ts'
import { baseProfile, discoveryResponses, serviceProviderConfigFor } from '../base.ts'
import type { Features, ResponsePolicy } from '../profile.ts'
import type { Choices } from './features.ts'

const { responses } = baseProfile

export const rfcResponses = (
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
