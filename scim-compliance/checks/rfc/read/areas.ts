export const retrieveArea = {
  area: 'retrieve',
  section: 'Retrieve',
  source: 'RFC 7644 §3.4.1',
  needs: ['write'],
} as const

export const retrieveListsArea = {
  area: 'retrieve',
  section: 'Retrieve',
  source: 'RFC 7644 §3.4.2',
  needs: ['users'],
} as const

export const projectionArea = {
  area: 'projection',
  section: 'Projection',
  source: 'RFC 7644 §3.4.2.5, §3.9',
  needs: ['write', 'users'],
} as const
