import type { Test } from 'tap'
import type { Break } from '../mutants/break.ts'
import { startFaultyServer } from '../mutants/faulty-server.ts'

/** A server that is correct except for one deviation, as many are in practice. */
export type Peer = {
  readonly id: string
  /** The deviation, in a sentence. */
  readonly description: string
  /** Called for each server, so that its state ends with the server. */
  readonly breaks: () => Break
  /** The server closes idle connections, on which a client may lose requests. */
  readonly closesConnections?: boolean
}

/** The suite that grades a peer also determines the rest of its behavior: a server that passes that suite. */
export type Base = 'rfc' | 'entra'

/** Starts a peer: a Scimulator tenant with the deviation. */
export async function startPeer(peer: Pick<Peer, 'breaks'>, base: Base) {
  const { breakBy, ...server } = await startFaultyServer(base)
  breakBy(peer.breaks())
  return server
}

/** The same, closed at the end of a test. */
export async function peerServer(t: Pick<Test, 'teardown'>, peer: Pick<Peer, 'breaks'>, base: Base) {
  const { close, ...server } = await startPeer(peer, base)
  t.teardown(close)
  return server
}
