import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { token } from './server.ts'

/** A connection to the server at a URL; its errors are ignored. */
export async function openSocket(base: string): Promise<Socket> {
  const { hostname, port } = new URL(base)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** The head of a request to a path of the tenant. */
export const headOf = (
  base: string,
  method: string,
  path: string,
  headers: readonly string[] = [],
): string => {
  const { pathname, host } = new URL(base)
  const lines = [`${method} ${pathname}${path} HTTP/1.1`, `Host: ${host}`, `Authorization: Bearer ${token}`]
  return `${[...lines, 'Content-Type: application/scim+json', ...headers].join('\r\n')}\r\n\r\n`
}

export const isOpen = (socket: Socket): boolean => !socket.destroyed && !socket.readableEnded
