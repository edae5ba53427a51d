import { accessPeers } from './access.ts'
import { listPeers } from './lists.ts'
import type { Peer } from './peer.ts'
import { writePeers } from './writes.ts'

/** Servers with one habit each, as they are met in the field. */
export const peers: readonly Peer[] = [...listPeers, ...writePeers, ...accessPeers]

/** One of them, by its id. */
export function peerOf(id: string): Peer {
  const found = peers.find(peer => peer.id === id)
  if (!found) throw new Error(`There is no peer "${id}".`)
  return found
}
