import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net'
import type { Test } from 'tap'

type InterruptibleProxy = {
  /** The proxy's address: `http://127.0.0.1:…`. */
  readonly address: string
  /** Closes all connections, and new ones at once until `resume` is called. */
  interrupt(): void
  /** Keeps all connections, and passes nothing on until `resume` is called. */
  freeze(): void
  resume(): void
  /** New connections lead to another port or socket. Those of now get no response any more, as from a host that is gone. */
  redirect(target: NetConnectOpts): void
}

/** A TCP proxy of a local server, whose connections a test can interrupt. */
export function proxyOf(t: Pick<Test, 'teardown'>, server: string): Promise<InterruptibleProxy> {
  const { hostname, port } = new URL(server)
  return proxyTo(t, { host: hostname, port: Number(port) })
}

/** A TCP proxy of a port or a socket. */
export async function proxyTo(t: Pick<Test, 'teardown'>, first: NetConnectOpts): Promise<InterruptibleProxy> {
  const sockets = new Set<Socket>()
  let target = first
  let isInterrupted = false
  let isFrozen = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  /** Their other ends are gone. */
  const abandoned = new Set<Socket>()
  /** The connections that began while nothing was passed on. */
  const delayed = new Set<() => void>()
  const listener = createServer({ pauseOnConnect: true }, near => {
    keep(near)
    if (isInterrupted) near.destroy()
    else if (isFrozen) delayed.add(() => begin(near))
    else begin(near)
  })
  const begin = (near: Socket) => {
    const far = connect(target)
    keep(far)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => {
      if (!abandoned.has(near)) near.destroy()
    })
  }
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
    freeze() {
      isFrozen = true
      for (const socket of sockets) socket.pause()
    },
    redirect(next) {
      target = next
      for (const socket of sockets) {
        abandoned.add(socket)
        socket.unpipe()
        // What it sends is received.
        socket.resume()
      }
    },
    resume() {
      isInterrupted = false
      isFrozen = false
      for (const socket of sockets) socket.resume()
      for (const start of delayed) start()
      delayed.clear()
    },
  }
}
