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
  { id: 'R-133', reason: 'It allows something; there is nothing to fail.' },
  { id: 'R-136', reason: 'It takes tokens of two tenants; the tool is given one.' },
  { id: 'R-214', reason: 'Whether a server has asynchronous requests is advertised nowhere.' },
  { id: 'R-215', reason: 'Events go to a receiver of the server’s choosing, not to who asks.' },
  { id: 'R-216', reason: 'Events go to a receiver of the server’s choosing, not to who asks.' },
]
