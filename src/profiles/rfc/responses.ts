import type { ResourceType } from '../../scim/resource-types.ts'
import { baseProfile, discoveryResponses, serviceProviderConfigFor } from '../base.ts'
import type { Features, ResponsePolicy } from '../profile.ts'
import type { Choices } from './features.ts'

const { responses } = baseProfile

const metaWithVersion: ResponsePolicy['meta'] = (stored, type, base, tag) =>
  `${responses.meta(stored, type, base, tag).slice(0, -1)},"version":${JSON.stringify(tag)}}`

export const rfcResponses = (
  choices: Choices,
  features: Features,
  types: readonly ResourceType[],
): ResponsePolicy => ({
  ...responses,
  ...discoveryResponses(types),
  meta: metaWithVersion,
  nestedGroups: choices.nestedGroups === 'show',
  references: choices.references,
  patched: () => (choices.patchAnswer === '204' ? 204 : 200),
  serviceProviderConfig: serviceProviderConfigFor(features, types, choices.pagination === 'announce'),
})
