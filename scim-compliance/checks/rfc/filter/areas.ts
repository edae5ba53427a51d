const filter = { area: 'filter', section: 'Filter', needs: ['write', 'users', 'filter'] } as const

export const filterOperatorsArea = { ...filter, source: 'RFC 7644 §3.4.2.2, table 3' } as const
export const filterGrammarArea = { ...filter, source: 'RFC 7644 §3.4.2.2, figure 1' } as const
export const filterPathsArea = { ...filter, source: 'RFC 7644 §3.4.2.2' } as const
