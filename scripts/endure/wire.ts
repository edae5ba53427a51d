import type { Socket } from 'node:net'
import { openSocket } from './sockets.ts'
import { TrialError } from './trial.ts'

export type WireAnswer = { readonly status: number; readonly head: string; readonly body: string }

export type Wire = {
  /** Sends raw bytes; undefined if the connection ended without a response. Throws `TrialError` if it ended within one. */
  ask(method: string, bytes: Buffer): Promise<WireAnswer | undefined>
  close(): void
}

/** A client that sends bytes which Node's own client would refuse to send, over a connection that it keeps. */
export function createWire(base: string): Wire {
  let socket: Socket | undefined
  const ask: Wire['ask'] = async (method, bytes) => {
    const isKept = socket !== undefined && !socket.destroyed && !socket.readableEnded
    const answer = await askOnce(method, bytes)
    // The server may have closed a connection that was idle, just when it was used again (RFC 9112 §9.3.1).
    return answer ?? (isKept ? askOnce(method, bytes) : undefined)
  }
  const askOnce: Wire['ask'] = async (method, bytes) => {
    if (!socket || socket.destroyed || socket.readableEnded) socket = await openSocket(base)
    const own = socket
    const answer = await new Promise<WireAnswer | undefined>((resolve, reject) => {
      let received = Buffer.alloc(0)
      const settle = (answer: WireAnswer | undefined) => {
        own.removeListener('data', read).removeListener('close', end).removeListener('end', end)
        resolve(answer)
      }
      const read = (chunk: Buffer) => {
        received = Buffer.concat([received, chunk])
        const whole = answerIn(received, method)
        if (whole) settle(whole)
      }
      const end = () => {
        if (received.length > 0) reject(new TrialError('an answer was cut in the middle'))
        settle(undefined)
      }
      own.on('data', read).on('close', end).on('end', end)
      own.write(bytes)
    })
    if (!answer || /^connection: close/im.test(answer.head)) own.destroy()
    return answer
  }
  return { ask, close: () => socket?.destroy() }
}

/** The answer that bytes hold, once they hold all of it; the server tells each body's length. */
function answerIn(bytes: Buffer, method: string): WireAnswer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.subarray(0, end).toString('latin1')
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1])
  if (status === 100) return answerIn(bytes.subarray(end + 4), method)
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
  const length = hasBody ? Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0) : 0
  if (bytes.length < end + 4 + length) return undefined
  return { status, head, body: bytes.subarray(end + 4, end + 4 + length).toString() }
}
