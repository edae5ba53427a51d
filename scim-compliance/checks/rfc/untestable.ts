/** What of docs/rfc-requirements.md a client can't see, or this one doesn't try, and why. */
export const untestable: readonly { readonly id: string; readonly reason: string }[] = [
  { id: 'R-007', reason: 'It takes tokens of two tenants, or one with few rights; the tool is given one.' },
  { id: 'R-009', reason: 'How a token was made and when it ends isn’t seen from a single one.' },
  { id: 'R-010', reason: 'How secrets are stored and logged isn’t seen from outside.' },
  {
    id: 'R-013',
    reason:
      'It is about addresses above the base URI, and the tool sends its token to nothing outside of that.',
  },
]
