import type { Test } from 'tap'
import { createServer } from '../../../src/index.ts'
import type { Break } from '../mutants/break.ts'
import { proxyOf } from '../mutants/proxy.ts'

/** A server that is correct except for one deviation, as many are in practice. */
export type Peer = {
  readonly id: string
  /** The deviation, in a sentence. */
  readonly description: string
  /** Called for each server, so that its state ends with the server. */
  readonly breaks: () => Break
}

/** The suite that grades a peer also determines the rest of its behavior: a server that passes that suite. */
export type Base = 'rfc' | 'entra'

type PeerServer = {
  readonly url: string
  readonly token: string
  readonly close: () => Promise<void>
}

/** Starts a peer: a proxy with the deviation, in front of a Scimulator tenant without it. */
export async function startPeer(peer: Pick<Peer, 'breaks'>, base: Base): Promise<PeerServer> {
  const server = await createServer({ profile: base })
  const closing: (() => unknown)[] = []
  const proxy = await proxyOf({ teardown: close => closing.push(close) }, server.url)
  proxy.breakBy(peer.breaks())
  return {
    url: proxy.url,
    token: server.token,
    close: async () => {
      for (const close of closing) await close()
      await server.close()
    },
  }
}

/** The same, closed at the end of a test. */
export async function peerServer(t: Pick<Test, 'teardown'>, peer: Pick<Peer, 'breaks'>, base: Base) {
  const { close, ...server } = await startPeer(peer, base)
  t.teardown(close)
  return server
}
