import type { Statement } from '../profile.ts'
import { sources } from './sources.ts'

/** What the RFC profile does without refusing anything, where the RFCs leave it a choice. */
export const statements: readonly Statement[] = [
  {
    id: 'rfc/identifiers-compared',
    says: 'A `userName` is kept as it was sent, and compared in NFC and lower case.',
    source: sources.precis,
    basis: 'documented',
  },
  {
    id: 'rfc/email-domain',
    says: 'The domain of an email address is kept in lower case. A value that is no address is kept as it was sent.',
    source: sources.userLists,
    basis: 'documented',
  },
  {
    id: 'rfc/formatted-name',
    says: '`name.formatted` is kept as it was sent: it is neither made of the other parts of the name nor held against them. Whether they agree is up to the client, for the order of the parts differs by culture.',
    source: sources.user,
    basis: 'documented',
  },
]
