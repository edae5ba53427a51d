import type { AreaDefaults } from './define-checks.ts'

const area = (
  name: string,
  section: string,
  source: string,
  common: Pick<AreaDefaults, 'needs' | 'after' | 'blame'> = {},
): AreaDefaults => ({ area: name, section, source, ...common })

const userNeeds = ['write', 'users'] as const
const created = { needs: userNeeds, after: ['probe/create'] } as const

const bulkNeeds = [...userNeeds, 'bulk'] as const

export const bulkRequestsArea = area('bulk', 'Bulk', 'RFC 7644 §3.7', {
  needs: bulkNeeds,
  after: ['rfc/discovery/offers-bulk'],
})

export const bulkReferencesArea = area('bulk-references', 'Bulk', 'RFC 7644 §3.7.2', {
  needs: bulkNeeds,
  after: ['rfc/bulk/creates', 'rfc/bulk-references/in-members'],
})

export const outcomeUnknown =
  'Clients that send many changes in one request don’t know which ones were applied.'

const createArea = (common: Pick<AreaDefaults, 'needs' | 'after'>) =>
  area('create', 'Create', 'RFC 7644 §3.3', common)

/** Without preconditions: these report what is wrong with a create. */
export const createRootArea = createArea({ needs: ['write'] })
export const createAnyArea = createArea({ needs: ['write'], after: ['probe/create'] })
export const createUsersArea = createArea(created)

export const errorsArea = area('errors', 'Errors', 'RFC 7644 §3.12')

const filterArea = (source: string) =>
  area('filter', 'Filter', source, { needs: [...userNeeds, 'filter'], after: ['probe/filter'] })

export const filterOperatorsArea = filterArea('RFC 7644 §3.4.2.2, table 3')
export const filterGrammarArea = filterArea('RFC 7644 §3.4.2.2, figure 1')
export const filterPathsArea = filterArea('RFC 7644 §3.4.2.2')

export const indexPagingArea = area('index-paging', 'Index paging', 'RFC 7644 §3.4.2.4', {
  needs: [...userNeeds, 'index-paging'],
  after: ['rfc/index-paging/count-limits'],
})

export const cursorPagingArea = area('cursor-paging', 'Cursor paging', 'RFC 9865 §2', {
  needs: [...userNeeds, 'cursor-paging', 'filter'],
  after: ['rfc/cursor-paging/empty-cursor-begins'],
})

export const someNeverRead =
  'Clients that read page by page read some users twice and miss others, and disable or delete those they missed.'

const patched = { needs: [...userNeeds, 'patch'], after: ['probe/patch'] } as const

export const patchAddArea = area('patch-add', 'PATCH add', 'RFC 7644 §3.5.2.1', patched)
export const patchRemoveArea = area('patch-remove', 'PATCH remove', 'RFC 7644 §3.5.2.2', patched)
export const patchReplaceArea = area('patch-replace', 'PATCH replace', 'RFC 7644 §3.5.2.3', patched)
export const patchPathsArea = area('patch-paths', 'PATCH', 'RFC 7644 §3.5.2, figure 7', patched)
export const patchMembersArea = area('patch-members', 'PATCH of members', 'RFC 7644 §3.5.2', {
  ...patched,
  needs: [...patched.needs, 'groups'],
})
export const patchArea = area('patch', 'PATCH', 'RFC 7644 §3.5.2', patched)

export const removedStays =
  'Values that were removed at the source remain: old titles, phone numbers, managers.'

export const membershipIsAccess =
  'Membership grants access: users keep access that they should have lost, or don’t get access that they need.'

export const putArea = area('put', 'PUT', 'RFC 7644 §3.5.1', {
  needs: userNeeds,
  after: ['probe/create', 'rfc/put/replaces'],
})

export const retrieveArea = area('retrieve', 'Retrieve', 'RFC 7644 §3.4.1', {
  needs: ['write'],
  after: ['probe/create'],
})

/** Without the probe of a create, since some of these need nothing that was created. */
export const retrieveListsArea = area('retrieve', 'Retrieve', 'RFC 7644 §3.4.2', { needs: ['users'] })

export const projectionArea = area('projection', 'Projection', 'RFC 7644 §3.4.2.5, §3.9', {
  needs: userNeeds,
  after: ['probe/create', 'rfc/projection/get'],
})

export const resourceModelArea = area('model', 'Resource model', 'RFC 7643 §3', created)
export const commonAttributesArea = area('common', 'Common attributes', 'RFC 7643 §3.1', created)
export const metaArea = area('meta', 'Common attributes', 'RFC 7643 §3.1', created)
export const valuesArea = area('values', 'Resource model', 'RFC 7643 §2.4', created)
export const userArea = area('user', 'User', 'RFC 7643 §4.1', created)
export const groupArea = area('group', 'Group', 'RFC 7643 §4.2', {
  needs: ['write', 'groups'],
  after: ['probe/create'],
})
export const enterpriseArea = area('enterprise', 'Enterprise User', 'RFC 7643 §4.3', {
  needs: ['write', 'enterprise'],
  after: ['probe/create'],
})

export const advertisedArea = area('advertised', 'Schemas', 'RFC 7643 §7', {
  needs: ['write'],
  after: ['probe/create', 'rfc/discovery/list-schemas'],
})

export const schemasArea = area('schemas', 'Schemas', 'RFC 7643 §7')

export const mappingsFromSchemas =
  'Okta, SailPoint and generated clients build their mappings and types from the schemas.'

export const discoveryArea = area('discovery', 'Discovery', 'RFC 7644 §4')
export const transportArea = area('transport', 'Transport', 'RFC 7644 §3.8')
export const authenticationArea = area('authentication', 'Authentication', 'RFC 7644 §2')

export const searchArea = area('search', 'POST /.search', 'RFC 7644 §3.4.3', {
  needs: [...userNeeds, 'search'],
  after: ['rfc/search/answers-200'],
})

export const sortArea = area('sort', 'Sorting', 'RFC 7644 §3.4.2.3', {
  needs: [...userNeeds, 'sort', 'filter'],
  after: ['rfc/discovery/offers-sort'],
})

export const wrongOrder =
  'Consoles that page through a sorted list show it in the wrong order, with pages that overlap.'

export const versionsArea = area('versions', 'Versions', 'RFC 7644 §3.14', {
  needs: [...userNeeds, 'etag'],
  after: ['rfc/discovery/offers-etag'],
})

export const overwritten = 'Two administrators change the same user, and one change is overwritten silently.'

export const readEachTime =
  'Clients that store versions read everything again each time or never notice a change.'
