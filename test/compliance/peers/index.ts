import { accessPeers } from './access.ts'
import { entraPeers } from './entra.ts'
import { listPeers } from './lists.ts'
import type { Base, Peer } from './peer.ts'
import { writePeers } from './writes.ts'

/** Servers with one habit each, as they are met in the field. */
export const peers: readonly Peer[] = [...listPeers, ...writePeers, ...accessPeers]

/** All peers with the suites that they are graded by; habits that only a job of Entra ID meets, by its suite alone. */
export const gradings: readonly { readonly peer: Peer; readonly suites: readonly Base[] }[] = [
  ...peers.map(peer => ({ peer, suites: ['rfc', 'entra'] as const })),
  ...entraPeers.map(peer => ({ peer, suites: ['entra'] as const })),
]

/** One of them, by its id. */
export function peerOf(id: string): Peer {
  const found = peers.find(peer => peer.id === id)
  if (!found) throw new Error(`There is no peer "${id}".`)
  return found
}
