import type { ResourceType } from '../../scim/resource-types.ts'
import { baseProfile, discoveryResponses } from '../base.ts'
import type { ResponsePolicy } from '../profile.ts'
import type { Choices } from './features.ts'

export const entraResponses = (
  { nestedGroups, references }: Choices,
  types: readonly ResourceType[],
): ResponsePolicy => ({
  ...baseProfile.responses,
  nestedGroups: nestedGroups === 'show',
  // Microsoft's tutorial requires 204 for a group's PATCH and allows it for a user's.
  patched: () => 204,
  references,
  ...discoveryResponses(types),
})
