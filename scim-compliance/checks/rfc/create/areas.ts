const create = { area: 'create', section: 'Create', source: 'RFC 7644 §3.3' } as const

export const createAnyArea = { ...create, needs: ['write'] } as const
export const createUsersArea = { ...create, needs: ['write', 'users'] } as const
