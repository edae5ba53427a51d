const needs = ['write', 'users', 'patch'] as const

export const patchAddArea = {
  area: 'patch-add',
  section: 'PATCH add',
  source: 'RFC 7644 §3.5.2.1',
  needs,
} as const

export const patchRemoveArea = {
  area: 'patch-remove',
  section: 'PATCH remove',
  source: 'RFC 7644 §3.5.2.2',
  needs,
} as const

export const patchReplaceArea = {
  area: 'patch-replace',
  section: 'PATCH replace',
  source: 'RFC 7644 §3.5.2.3',
  needs,
} as const

export const patchPathsArea = {
  area: 'patch-paths',
  section: 'PATCH',
  source: 'RFC 7644 §3.5.2, figure 7',
  needs,
} as const

export const patchMembersArea = {
  area: 'patch-members',
  section: 'PATCH of members',
  source: 'RFC 7644 §3.5.2',
  needs: ['write', 'users', 'groups', 'patch'],
} as const

export const patchArea = { area: 'patch', section: 'PATCH', source: 'RFC 7644 §3.5.2', needs } as const

export const removedStays = 'What was taken away in the directory stays: old titles, numbers, managers.'

export const membershipIsAccess =
  'Membership is access: people keep what they should have lost, or don’t get what they need.'
