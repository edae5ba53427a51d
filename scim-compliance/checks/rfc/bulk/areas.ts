const needs = ['write', 'users', 'bulk'] as const

export const bulkRequestsArea = { area: 'bulk', section: 'Bulk', source: 'RFC 7644 §3.7', needs } as const

export const bulkReferencesArea = {
  area: 'bulk-references',
  section: 'Bulk',
  source: 'RFC 7644 §3.7.2',
  needs,
} as const

export const outcomeUnknown = 'Clients that send many changes at once don’t know which of them were made.'
