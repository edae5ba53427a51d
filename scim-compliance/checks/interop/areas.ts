import type { Blame } from '../../check.ts'
import { defineDraftArea } from '../steps/draft-areas.ts'

// Sections as in the source of the draft, https://github.com/Zollnerd/scim-interop-profile.
const areaOf = defineDraftArea('interop', {
  draft: 'draft-zollner-scim-interop-profile',
  version: '02',
  date: '2026-11-02',
  url: 'https://datatracker.ietf.org/doc/draft-zollner-scim-interop-profile/02/',
})

const users = ['write', 'users'] as const
const made = ['probe/create']
const described = ['interop/discovery/endpoints']

export const discoveryCheck = areaOf('discovery', 'Discovery')
export const describedCheck = areaOf('discovery', 'Discovery', [], described)
export const creationCheck = areaOf('schemas', 'Schemas')
export const schemasCheck = areaOf('schemas', 'Schemas', ['write'], [...made, ...described])
export const caseCheck = areaOf('case', 'Case', users, made)
export const undeclaredCheck = areaOf('undeclared', 'Undeclared attributes', users, made)
export const filterCheck = areaOf('filter', 'Filters', users, [...made, 'probe/filter'])
export const pagingCheck = areaOf('paging', 'Paging', users, made)
export const patchCheck = areaOf('patch', 'PATCH', [...users, 'patch'], [...made, 'probe/patch'])
export const lifecycleCheck = areaOf('lifecycle', 'Lifecycle', users, made)
export const uniquenessCheck = areaOf('uniqueness', 'Uniqueness', users, [...made, 'probe/conflict'])
export const connectionCheck = areaOf('connection', 'Connection')
export const conformanceCheck = areaOf('conformance', 'Conformance')

/** Where a check expects 400 with this scimType, and its own remedy is for a success. */
export const rejectionBlame = (scimType: string): readonly Blame[] => [
  {
    on: ['missing', 'other'],
    if: ({ status }) => status === 400,
    remedy: `Set scimType to ${scimType} in the body of the 400.`,
  },
  { on: '4xx', remedy: `Return 400 with scimType ${scimType}, not another status.` },
]
