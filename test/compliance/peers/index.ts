import { accessPeers } from './access.ts'
import { entraPeers } from './entra.ts'
import { listPeers } from './lists.ts'
import type { Base, Peer } from './peer.ts'
import { writePeers } from './writes.ts'

/** Servers with one deviation each that occurs in practice. */
export const peers: readonly Peer[] = [...listPeers, ...writePeers, ...accessPeers]

/** All peers with the suites that grade them; deviations that concern only Entra ID's requests are graded by its suite only. */
export const gradings: readonly { readonly peer: Peer; readonly suites: readonly Base[] }[] = [
  ...peers.map(peer => ({ peer, suites: ['rfc', 'entra'] as const })),
  ...entraPeers.map(peer => ({ peer, suites: ['entra'] as const })),
]

/** Finds a peer by its ID. */
export function peerOf(id: string): Peer {
  const found = peers.find(peer => peer.id === id)
  if (!found) throw new Error(`There is no peer "${id}".`)
  return found
}
