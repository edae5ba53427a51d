export const indexPagingArea = {
  area: 'index-paging',
  section: 'Index paging',
  source: 'RFC 7644 §3.4.2.4',
  needs: ['write', 'users', 'index-paging'],
} as const

export const cursorPagingArea = {
  area: 'cursor-paging',
  section: 'Cursor paging',
  source: 'RFC 9865 §2',
  needs: ['write', 'users', 'cursor-paging', 'filter'],
} as const

export const someNeverRead =
  'Clients that read page by page read some users twice and miss others, and disable or delete those they missed.'
