export const resourceModelArea = {
  area: 'model',
  section: 'Resource model',
  source: 'RFC 7643 §3',
  needs: ['write', 'users'],
} as const

export const commonAttributesArea = {
  area: 'common',
  section: 'Common attributes',
  source: 'RFC 7643 §3.1',
  needs: ['write', 'users'],
} as const

export const metaArea = {
  area: 'meta',
  section: 'Common attributes',
  source: 'RFC 7643 §3.1',
  needs: ['write', 'users'],
} as const

export const userArea = {
  area: 'user',
  section: 'User',
  source: 'RFC 7643 §4.1',
  needs: ['write', 'users'],
} as const

export const groupArea = {
  area: 'group',
  section: 'Group',
  source: 'RFC 7643 §4.2',
  needs: ['write', 'groups'],
} as const

export const enterpriseArea = {
  area: 'enterprise',
  section: 'Enterprise User',
  source: 'RFC 7643 §4.3',
  needs: ['write', 'enterprise'],
} as const
