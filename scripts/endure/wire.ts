import type { Socket } from 'node:net'
import { openSocket } from './sockets.ts'
import { TrialError } from './trial.ts'

export type WireResponse = { readonly status: number; readonly head: string; readonly body: string }

type Wire = {
  /** Sends raw bytes; undefined if the connection ended without a response. Throws `TrialError` if it ended within one. */
  callApi(method: string, bytes: Buffer): Promise<WireResponse | undefined>
  close(): void
}

/** A client that sends any bytes, including requests that Node's client rejects, over a persistent connection. */
export function createWire(base: string): Wire {
  let socket: Socket | undefined
  const callApi: Wire['callApi'] = async (method, bytes) => {
    const isKept = socket !== undefined && !socket.destroyed && !socket.readableEnded
    const response = await askOnce(method, bytes)
    // The server may have closed a connection that was idle, just when it was used again (RFC 9112 §9.3.1).
    return response ?? (isKept ? askOnce(method, bytes) : undefined)
  }
  const askOnce: Wire['callApi'] = async (method, bytes) => {
    if (!socket || socket.destroyed || socket.readableEnded) socket = await openSocket(base)
    const own = socket
    const response = await new Promise<WireResponse | undefined>((resolve, reject) => {
      let received = Buffer.alloc(0)
      const settle = (response: WireResponse | undefined) => {
        own.removeListener('data', read).removeListener('close', end).removeListener('end', end)
        resolve(response)
      }
      const read = (chunk: Buffer) => {
        received = Buffer.concat([received, chunk])
        const whole = responseIn(received, method)
        if (whole) settle(whole)
      }
      const end = () => {
        if (received.length > 0) reject(new TrialError('a response was incomplete'))
        settle(undefined)
      }
      own.on('data', read).on('close', end).on('end', end)
      own.write(bytes)
    })
    if (!response || /^connection: close/im.test(response.head)) own.destroy()
    return response
  }
  return { callApi, close: () => socket?.destroy() }
}

/** The response, once it is complete. The server always sends a Content-Length. */
function responseIn(bytes: Buffer, method: string): WireResponse | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.subarray(0, end).toString('latin1')
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1])
  if (status === 100) return responseIn(bytes.subarray(end + 4), method)
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
  const length = hasBody ? Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0) : 0
  if (bytes.length < end + 4 + length) return undefined
  return { status, head, body: bytes.subarray(end + 4, end + 4 + length).toString() }
}
