import type { AreaDefaults } from './define-checks.ts'

const bulkNeeds = ['write', 'users', 'bulk'] as const

export const bulkRequestsArea = {
  area: 'bulk',
  section: 'Bulk',
  source: 'RFC 7644 §3.7',
  needs: bulkNeeds,
} as const satisfies AreaDefaults

export const bulkReferencesArea = {
  area: 'bulk-references',
  section: 'Bulk',
  source: 'RFC 7644 §3.7.2',
  needs: bulkNeeds,
} as const satisfies AreaDefaults

export const outcomeUnknown =
  'Clients that send many changes in one request don’t know which ones were applied.'

const createBase = { area: 'create', section: 'Create', source: 'RFC 7644 §3.3' } as const

export const createAnyArea = { ...createBase, needs: ['write'] } as const satisfies AreaDefaults
export const createUsersArea = { ...createBase, needs: ['write', 'users'] } as const satisfies AreaDefaults

export const errorsArea = {
  area: 'errors',
  section: 'Errors',
  source: 'RFC 7644 §3.12',
} as const satisfies AreaDefaults

const filterBase = { area: 'filter', section: 'Filter', needs: ['write', 'users', 'filter'] } as const

export const filterOperatorsArea = {
  ...filterBase,
  source: 'RFC 7644 §3.4.2.2, table 3',
} as const satisfies AreaDefaults
export const filterGrammarArea = {
  ...filterBase,
  source: 'RFC 7644 §3.4.2.2, figure 1',
} as const satisfies AreaDefaults
export const filterPathsArea = { ...filterBase, source: 'RFC 7644 §3.4.2.2' } as const satisfies AreaDefaults

export const indexPagingArea = {
  area: 'index-paging',
  section: 'Index paging',
  source: 'RFC 7644 §3.4.2.4',
  needs: ['write', 'users', 'index-paging'],
} as const satisfies AreaDefaults

export const cursorPagingArea = {
  area: 'cursor-paging',
  section: 'Cursor paging',
  source: 'RFC 9865 §2',
  needs: ['write', 'users', 'cursor-paging', 'filter'],
} as const satisfies AreaDefaults

export const someNeverRead =
  'Clients that read page by page read some users twice and miss others, and disable or delete those they missed.'

const patchNeeds = ['write', 'users', 'patch'] as const

export const patchAddArea = {
  area: 'patch-add',
  section: 'PATCH add',
  source: 'RFC 7644 §3.5.2.1',
  needs: patchNeeds,
} as const satisfies AreaDefaults

export const patchRemoveArea = {
  area: 'patch-remove',
  section: 'PATCH remove',
  source: 'RFC 7644 §3.5.2.2',
  needs: patchNeeds,
} as const satisfies AreaDefaults

export const patchReplaceArea = {
  area: 'patch-replace',
  section: 'PATCH replace',
  source: 'RFC 7644 §3.5.2.3',
  needs: patchNeeds,
} as const satisfies AreaDefaults

export const patchPathsArea = {
  area: 'patch-paths',
  section: 'PATCH',
  source: 'RFC 7644 §3.5.2, figure 7',
  needs: patchNeeds,
} as const satisfies AreaDefaults

export const patchMembersArea = {
  area: 'patch-members',
  section: 'PATCH of members',
  source: 'RFC 7644 §3.5.2',
  needs: ['write', 'users', 'groups', 'patch'],
} as const satisfies AreaDefaults

export const patchArea = {
  area: 'patch',
  section: 'PATCH',
  source: 'RFC 7644 §3.5.2',
  needs: patchNeeds,
} as const satisfies AreaDefaults

export const removedStays =
  'Values that were removed at the source remain: old titles, phone numbers, managers.'

export const membershipIsAccess =
  'Membership grants access: users keep access that they should have lost, or don’t get access that they need.'

export const putArea = {
  area: 'put',
  section: 'PUT',
  source: 'RFC 7644 §3.5.1',
  needs: ['write', 'users'],
} as const satisfies AreaDefaults

export const retrieveArea = {
  area: 'retrieve',
  section: 'Retrieve',
  source: 'RFC 7644 §3.4.1',
  needs: ['write'],
} as const satisfies AreaDefaults

export const retrieveListsArea = {
  area: 'retrieve',
  section: 'Retrieve',
  source: 'RFC 7644 §3.4.2',
  needs: ['users'],
} as const satisfies AreaDefaults

export const projectionArea = {
  area: 'projection',
  section: 'Projection',
  source: 'RFC 7644 §3.4.2.5, §3.9',
  needs: ['write', 'users'],
} as const satisfies AreaDefaults

export const resourceModelArea = {
  area: 'model',
  section: 'Resource model',
  source: 'RFC 7643 §3',
  needs: ['write', 'users'],
} as const satisfies AreaDefaults

export const commonAttributesArea = {
  area: 'common',
  section: 'Common attributes',
  source: 'RFC 7643 §3.1',
  needs: ['write', 'users'],
} as const satisfies AreaDefaults

export const metaArea = {
  area: 'meta',
  section: 'Common attributes',
  source: 'RFC 7643 §3.1',
  needs: ['write', 'users'],
} as const satisfies AreaDefaults

export const userArea = {
  area: 'user',
  section: 'User',
  source: 'RFC 7643 §4.1',
  needs: ['write', 'users'],
} as const satisfies AreaDefaults

export const groupArea = {
  area: 'group',
  section: 'Group',
  source: 'RFC 7643 §4.2',
  needs: ['write', 'groups'],
} as const satisfies AreaDefaults

export const enterpriseArea = {
  area: 'enterprise',
  section: 'Enterprise User',
  source: 'RFC 7643 §4.3',
  needs: ['write', 'enterprise'],
} as const satisfies AreaDefaults

export const advertisedArea = {
  area: 'advertised',
  section: 'Schemas',
  source: 'RFC 7643 §7',
  needs: ['write'],
} as const satisfies AreaDefaults

export const schemasArea = {
  area: 'schemas',
  section: 'Schemas',
  source: 'RFC 7643 §7',
} as const satisfies AreaDefaults

export const mappingsFromSchemas =
  'Okta, SailPoint and generated clients build their mappings and types from the schemas.'

export const transportArea = {
  area: 'transport',
  section: 'Transport',
  source: 'RFC 7644 §3.8',
} as const satisfies AreaDefaults

export const authenticationArea = {
  area: 'authentication',
  section: 'Authentication',
  source: 'RFC 7644 §2',
} as const satisfies AreaDefaults

export const sortArea = {
  area: 'sort',
  section: 'Sorting',
  source: 'RFC 7644 §3.4.2.3',
  needs: ['write', 'users', 'sort', 'filter'],
} as const satisfies AreaDefaults

export const wrongOrder =
  'Consoles that page through a sorted list show it in the wrong order, with pages that overlap.'

export const versionsArea = {
  area: 'versions',
  section: 'Versions',
  source: 'RFC 7644 §3.14',
  needs: ['write', 'users', 'etag'],
} as const satisfies AreaDefaults

export const overwritten = 'Two administrators change the same user, and one change is overwritten silently.'

export const readEachTime =
  'Clients that store versions read everything again each time or never notice a change.'
