export const versionsArea = {
  area: 'versions',
  section: 'Versions',
  source: 'RFC 7644 §3.14',
  needs: ['write', 'users', 'etag'],
} as const

export const overwritten =
  'Two administrators change the same person, and one’s change is overwritten without a word.'

export const readEachTime =
  'Clients that keep versions read everything again each time, or never see a change.'
