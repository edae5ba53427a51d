import type { Test } from 'tap'
import { createServer } from '../../../src/index.ts'
import type { Break } from '../mutants/break.ts'
import { proxyOf } from '../mutants/proxy.ts'

/** A server that behaves as many in the field do: right in everything but one habit. */
export type Peer = {
  readonly id: string
  /** The habit, in a sentence. */
  readonly description: string
  /** Called for each server, so that what one remembers ends with it. */
  readonly breaks: () => Break
}

/** The suite that a peer is graded by decides what it is apart from its habit: a server that passes that suite. */
export type Base = 'rfc' | 'entra'

export type PeerServer = {
  readonly url: string
  readonly token: string
  readonly close: () => Promise<void>
}

/** Starts a peer: a proxy that has its habit, in front of a Scimulator tenant that hasn't. */
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
