export const putArea = {
  area: 'put',
  section: 'PUT',
  source: 'RFC 7644 §3.5.1',
  needs: ['write', 'users'],
} as const
