export const filterOperatorsArea = {
  area: 'filter',
  section: 'Filter',
  source: 'RFC 7644 §3.4.2.2, table 3',
  needs: ['write', 'users', 'filter'],
} as const

export const filterGrammarArea = {
  area: 'filter',
  section: 'Filter',
  source: 'RFC 7644 §3.4.2.2, figure 1',
  needs: ['write', 'users', 'filter'],
} as const

export const filterPathsArea = {
  area: 'filter',
  section: 'Filter',
  source: 'RFC 7644 §3.4.2.2',
  needs: ['write', 'users', 'filter'],
} as const
