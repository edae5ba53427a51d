import type { AreaDefaults } from './define-checks.ts'

export const area = (
  name: string,
  section: string,
  source: string,
  common: Omit<AreaDefaults, 'area' | 'section' | 'source'> = {},
): AreaDefaults => ({ area: name, section, source, ...common })

export const userNeeds = ['write', 'users'] as const
export const created = { needs: userNeeds, after: ['probe/create'] } as const
export const patched = { needs: [...userNeeds, 'patch'], after: ['probe/patch'] } as const
/** Attributes other than active and members: a server may support PATCH of only these two. */
export const patchedText = { ...patched, after: ['probe/patch', 'rfc/patch-replace/single-value'] } as const

const filterArea = (source: string) =>
  area('filter', 'Filter', source, { needs: [...userNeeds, 'filter'], after: ['probe/filter'] })

export const filterOperatorsArea = filterArea('RFC 7644 §3.4.2.2, table 3')
export const filterGrammarArea = filterArea('RFC 7644 §3.4.2.2, figure 1')
export const filterPathsArea = filterArea('RFC 7644 §3.4.2.2')

export const patchPathsArea = area('patch-paths', 'PATCH', 'RFC 7644 §3.5.2, figure 7', {
  ...patchedText,
  rationale: 'Clients that write paths this way are rejected, or their changes are lost.',
})

export const userArea = area('user', 'User', 'RFC 7643 §4.1', created)

export const advertisedArea = area('advertised', 'Schemas', 'RFC 7643 §7', {
  needs: ['write'],
  after: ['probe/create', 'rfc/discovery/list-schemas'],
})
