import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net'
import type { Test } from 'tap'

type Interruptible = {
  /** Closes all connections, and new ones at once until `resume` is called. */
  interrupt(): void
  resume(): void
}

/** A TCP proxy of a local server, whose connections a test can interrupt. Its address is `http://127.0.0.1:…`. */
export async function proxyOf(
  t: Pick<Test, 'teardown'>,
  server: string,
): Promise<Interruptible & { readonly address: string }> {
  const { hostname, port } = new URL(server)
  const proxy = await proxyTo(t, { host: hostname, port: Number(port) })
  return { ...proxy, address: `http://127.0.0.1:${proxy.port}` }
}

/** The same for a server of PostgreSQL, which may listen on a socket in a folder: the host of the URL's parameters. */
export async function proxyOfPostgres(
  t: Pick<Test, 'teardown'>,
  server: string,
): Promise<Interruptible & { readonly url: string }> {
  const url = new URL(server)
  const { hostname, port } = url
  const folder = url.searchParams.get('host')
  const number = Number(port || 5432)
  const proxy = await proxyTo(
    t,
    folder ? { path: `${folder}/.s.PGSQL.${number}` } : { host: hostname, port: number },
  )
  url.searchParams.delete('host')
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  return { ...proxy, url: url.href }
}

/** A TCP proxy of a port or a socket. */
export async function proxyTo(
  t: Pick<Test, 'teardown'>,
  target: NetConnectOpts,
): Promise<Interruptible & { readonly port: number }> {
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
    port: (listener.address() as AddressInfo).port,
    interrupt() {
      isInterrupted = true
      destroyAll()
    },
    resume() {
      isInterrupted = false
    },
  }
}
