export const createAnyArea = {
  area: 'create',
  section: 'Create',
  source: 'RFC 7644 §3.3',
  needs: ['write'],
} as const

export const createUsersArea = {
  area: 'create',
  section: 'Create',
  source: 'RFC 7644 §3.3',
  needs: ['write', 'users'],
} as const
