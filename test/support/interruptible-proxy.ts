import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net'
import type { Test } from 'tap'

type InterruptibleProxy = {
  /** The proxy's address: `http://127.0.0.1:…`. */
  readonly address: string
  /** Closes all connections, and new ones at once until `resume` is called. */
  interrupt(): void
  resume(): void
}

/** A TCP proxy of a local server, whose connections a test can interrupt. */
export function proxyOf(t: Pick<Test, 'teardown'>, server: string): Promise<InterruptibleProxy> {
  const { hostname, port } = new URL(server)
  return proxyTo(t, { host: hostname, port: Number(port) })
}

/** A TCP proxy of a port or a socket. */
export async function proxyTo(
  t: Pick<Test, 'teardown'>,
  target: NetConnectOpts,
): Promise<InterruptibleProxy> {
  const sockets = new Set<Socket>()
  let isInterrupted = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const listener = createServer(near => {
    keep(near)
    if (isInterrupted) {
      near.destroy()
      return
    }
    const far = connect(target)
    keep(far)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    destroyAll()
    listener.close()
  })
  return {
    address: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    interrupt() {
      isInterrupted = true
      destroyAll()
    },
    resume() {
      isInterrupted = false
    },
  }
}
