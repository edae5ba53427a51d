import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A way to a server that can be cut and mended again. */
export type Cable = {
  /** The server's address by this way: `http://127.0.0.1:…`. */
  readonly address: string
  /** Ends every connection; new ones are closed at once until it is mended. */
  cut(): void
  mend(): void
}

/** A cable to a server of this machine, whose address is given. */
export async function cableTo(t: Pick<Test, 'teardown'>, server: string): Promise<Cable> {
  const { hostname, port } = new URL(server)
  const sockets = new Set<Socket>()
  let isCut = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const listener = createServer(near => {
    keep(near)
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(Number(port), hostname)
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
    cut() {
      isCut = true
      destroyAll()
    },
    mend() {
      isCut = false
    },
  }
}
