/** Requirements in docs/rfc-requirements.md that a client can't observe, or that this tool doesn't test, with the reason. */
export const untestable: readonly { readonly id: string; readonly reason: string }[] = [
  {
    id: 'R-007',
    reason: 'The check would need tokens of two tenants, or one with few rights; the tool has one token.',
  },
  { id: 'R-009', reason: 'How a token was created and when it expires can’t be observed with a single one.' },
  { id: 'R-010', reason: 'How secrets are stored and logged can’t be observed from outside.' },
  { id: 'R-013', reason: 'It concerns URLs above the base URI; the tool doesn’t send its token there.' },
  { id: 'R-133', reason: 'It is a permission, which no server can violate.' },
  { id: 'R-136', reason: 'The check would need tokens of two tenants; the tool has one.' },
  { id: 'R-214', reason: 'Support for asynchronous requests isn’t advertised.' },
  { id: 'R-215', reason: 'The server chooses the receiver of events, not the client.' },
  { id: 'R-216', reason: 'The server chooses the receiver of events, not the client.' },
]
