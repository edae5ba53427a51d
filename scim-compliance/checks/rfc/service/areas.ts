export const transportArea = { area: 'transport', section: 'Transport', source: 'RFC 7644 §3.8' } as const

export const authenticationArea = {
  area: 'authentication',
  section: 'Authentication',
  source: 'RFC 7644 §2',
} as const
