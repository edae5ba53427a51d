export const advertisedArea = {
  area: 'advertised',
  section: 'Schemas',
  source: 'RFC 7643 §7',
  needs: ['write'],
} as const

export const schemasArea = { area: 'schemas', section: 'Schemas', source: 'RFC 7643 §7' } as const

export const mappingsFromSchemas =
  'Okta, SailPoint and generated clients build their mappings and types from the schemas.'
