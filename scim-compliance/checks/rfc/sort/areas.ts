export const sortArea = {
  area: 'sort',
  section: 'Sorting',
  source: 'RFC 7644 §3.4.2.3',
  needs: ['write', 'users', 'sort', 'filter'],
} as const

export const wrongOrder =
  'Consoles that show people in pages by name show them in no order, and pages that overlap.'
