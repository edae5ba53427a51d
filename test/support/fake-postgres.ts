import { type AddressInfo, createServer } from 'node:net'
import type { Test } from 'tap'

/** A message of the server: its type, the length of the rest, and the rest. */
function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

const int32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer).reverse()
const int16 = (value: number) => Buffer.from(Uint16Array.of(value).buffer).reverse()
const text = (value: string) => Buffer.from(`${value}\0`)
const sized = (value: string) => Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)])

const textType = 25
const ready = message('Z', Buffer.from('I'))

const errorOf = (code: string, reason: string) =>
  message('E', ...[`SFATAL`, `VFATAL`, `C${code}`, `M${reason}`].map(text), Buffer.of(0))

/** The result of each statement: one row. */
function resultOf(row: Readonly<Record<string, string>>): Buffer {
  const names = Object.keys(row)
  const columns = names.map(name =>
    Buffer.concat([text(name), int32(0), int16(0), int32(textType), int16(0), int32(0), int16(0)]),
  )
  return Buffer.concat([
    message('1'),
    message('2'),
    message('T', int16(names.length), ...columns),
    message('D', int16(names.length), ...Object.values(row).map(sized)),
    message('C', text('SELECT 1')),
    ready,
  ])
}

/**
 * A server that speaks the protocol of PostgreSQL, for what a real one does not do on demand. It rejects each connection with
 * an error, or returns the same row for each statement. Returns its URL, with a password.
 */
export async function startFakePostgres(
  t: Test,
  behavior:
    | { readonly code: string; readonly reason: string }
    | {
        readonly row: Readonly<Record<string, string>>
        /** The statements of each connection that get a response; all by default. */
        readonly responses?: number
      },
): Promise<string> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', () => {
      if ('code' in behavior) {
        socket.end(errorOf(behavior.code, behavior.reason))
        return
      }
      socket.write(Buffer.concat([message('R', int32(0)), ready]))
      let left = behavior.responses ?? Number.POSITIVE_INFINITY
      // Statements of these tests fit into a packet, which ends with the message Sync.
      socket.on('data', packet => {
        if (packet.includes('S\0\0\0\u0004', 0, 'latin1') && left-- > 0) socket.write(resultOf(behavior.row))
      })
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return `postgres://ada:pa55word@127.0.0.1:${(server.address() as AddressInfo).port}/scim`
}
