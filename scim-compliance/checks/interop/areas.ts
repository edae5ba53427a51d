import { defineDraftArea } from '../steps/draft-areas.ts'

const areaOf = defineDraftArea('interop', {
  draft: 'draft-zollner-scim-interop-profile',
  version: '02',
  date: '2026-11-02',
  url: 'https://datatracker.ietf.org/doc/draft-zollner-scim-interop-profile/02/',
})

export const schemasCheck = areaOf('schemas', 'Schemas')
