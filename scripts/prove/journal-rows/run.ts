import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import aws4 from 'aws4'
import { keys } from './setup.ts'
import type { SentRequest, Signing, Step } from './step.ts'

/** The URLs of a server under test. */
export type Addresses = { readonly scim: string; readonly aws: string; readonly console: string }

/** What differs from run to run. */
export type Session = {
  /** Generated ids by their placeholders. */
  readonly ids: Map<string, string>
  /** Texts that were sent and differ from run to run, such as signatures. */
  readonly signatures: Set<string>
  /** When each step began, in milliseconds since 1970. */
  readonly begun: readonly number[]
}

/** The header that tells which step a recorded request belongs to. */
export const stepHeader = 'x-step'

/** Milliseconds. */
const patience = 20_000

/** Sends all steps in their order. */
export async function runSteps(
  steps: readonly Step[],
  addresses: Addresses,
  report: (done: number) => void = () => undefined,
): Promise<Session> {
  const begun: number[] = []
  const session: Session = { ids: new Map(), signatures: new Set(), begun }
  for (const [number, step] of steps.entries()) {
    begun.push(Date.now())
    if (step.to === 'console') await askConsole(step, addresses, session)
    else await send(step, number, addresses, session)
    if (number % 500 === 0) report(number)
  }
  return session
}

async function askConsole(
  { method, path, body, keep }: Extract<Step, { to: 'console' }>,
  addresses: Addresses,
  session: Session,
): Promise<void> {
  const [newest = ''] = path.includes('{newest}') ? await newestExchanges(addresses, 1) : []
  const target = withIds(path.replace('{newest}', newest), session)
  const response = await fetch(`${addresses.console}/api/v1${target}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: withIds(JSON.stringify(body), session),
    }),
  })
  const text = await response.text()
  if (keep !== undefined && response.ok) session.ids.set(keep, JSON.parse(text).id)
  // A replay is rejected where its caller is.
  if (!response.ok && response.status !== 409)
    throw new Error(`${method} ${target}: ${response.status} ${text}`)
}

/** Whether one of the newest exchanges is that of a step. The end of a connection within a request is one of its own. */
async function isRecorded(step: number, addresses: Addresses): Promise<boolean> {
  for (const id of await newestExchanges(addresses, 2)) {
    const response = await fetch(`${addresses.console}/api/v1/exchanges/${id}`)
    const { request } = (await response.json()) as {
      readonly request?: { readonly headers: Readonly<Record<string, string>> }
    }
    if (request?.headers[stepHeader]?.startsWith(`${step}.`)) return true
  }
  return false
}

async function newestExchanges({ console }: Addresses, limit: number): Promise<readonly string[]> {
  const response = await fetch(`${console}/api/v1/exchanges?limit=${limit}`)
  const { items } = (await response.json()) as { readonly items: readonly { readonly id: string }[] }
  return items.map(({ id }) => id)
}

async function send(
  { to, requests, disconnects }: Exclude<Step, { to: 'console' }>,
  number: number,
  addresses: Addresses,
  session: Session,
): Promise<void> {
  const sent = requests.map((request, at) => prepare(request, `${number}.${at}`, session))
  const responses = await exchange(
    new URL(addresses[to]),
    Buffer.concat(sent),
    methodsOf(requests),
    disconnects,
  )
  for (const [at, { keep }] of requests.entries()) {
    const id = keep && /"(?:id|UserId|GroupId)":"([^"]+)"/.exec(responses[at] ?? '')?.[1]
    if (keep && id) session.ids.set(keep, id)
  }
  // The server records what it did not respond to when it notices that the client is gone.
  const end = Date.now() + 2_000
  if (responses.length === 0)
    while (Date.now() < end && !(await isRecorded(number, addresses))) await pause(2)
  // The row of a request that was no HTTP belongs to the step during which it was recorded.
  if (!responses.every(hasResponded) || responses.length === 0) await pause(2)
}

/** Whether a response shows that the server has read the request to its end. */
const hasResponded = (response: string): boolean => {
  const head = response.slice(0, response.indexOf('\r\n\r\n'))
  return !/^HTTP\/1\.1 (?:408|413|417|431|501) /.test(head) && !/^connection: close$/im.test(head)
}

const methodsOf = (requests: readonly SentRequest[]): readonly string[] =>
  requests.map(({ bytes }) => bytes.slice(0, bytes.indexOf(' ')))

/** The bytes of a request with generated ids, the number of the step, and a signature. */
function prepare({ bytes, sign }: SentRequest, mark: string, session: Session): Buffer {
  const text = withIds(bytes, session)
  const end = text.indexOf('\r\n')
  if (end < 0 || !/ HTTP\/1\.[01]$/.test(text.slice(0, end))) return Buffer.from(text, 'latin1')
  const more = [`${stepHeader}: ${mark}`, ...(sign ? signature(text, sign, session) : [])]
  return Buffer.from(`${text.slice(0, end)}\r\n${more.join('\r\n')}${text.slice(end)}`, 'latin1')
}

const withIds = (text: string, { ids }: Session): string =>
  text.includes('dddddddd-')
    ? text.replace(/dddddddd-\d{4}-4000-8000-\d{12}/g, found => ids.get(found) ?? found)
    : text

function signature(text: string, { key, service }: Signing, session: Session): readonly string[] {
  const end = text.indexOf('\r\n\r\n')
  const [line = '', ...rest] = text.slice(0, end).split('\r\n')
  const [method = '', path = ''] = line.split(' ')
  const headers = Object.fromEntries(
    rest.map(header => [header.slice(0, header.indexOf(':')), header.slice(header.indexOf(':') + 1).trim()]),
  )
  const signed = aws4.sign(
    {
      method,
      path,
      service,
      region: 'us-east-1',
      headers,
      body: Buffer.from(text.slice(end + 4), 'latin1') as never,
    },
    { accessKeyId: keys[key].id, secretAccessKey: keys[key].secret },
  )
  const { Authorization: authorization, 'X-Amz-Date': date } = signed.headers as Record<string, string>
  const [, found = ''] = /Signature=(\w+)/.exec(authorization ?? '') ?? []
  session.signatures.add(found)
  return [`X-Amz-Date: ${date}`, `Authorization: ${authorization}`]
}

/** The responses to requests that are sent at once; fewer if the server closes the connection. */
async function exchange(
  { hostname, port }: URL,
  bytes: Buffer,
  methods: readonly string[],
  disconnects: number | 'behind' | undefined,
): Promise<readonly string[]> {
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.setNoDelay(true)
  const responses: string[] = []
  const ended = new Promise<void>(resolve => {
    let received = Buffer.alloc(0)
    let from = 0
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      for (;;) {
        const end = endOfResponse(received, from, methods[responses.length] ?? 'GET')
        if (end === undefined) break
        if (end > 0) responses.push(received.toString('latin1', from, end))
        from = Math.abs(end)
      }
      if (responses.length >= methods.length) resolve()
    })
    socket.on('close', () => resolve())
  })
  const timer = setTimeout(() => socket.destroy(new Error('no response')), patience)
  if (disconnects === undefined) {
    socket.write(bytes)
    await ended
  } else {
    await new Promise(resolve => {
      socket.write(typeof disconnects === 'number' ? bytes.subarray(0, disconnects) : bytes, resolve)
    })
    // The server reads what was sent before the connection ends.
    await pause(20)
  }
  if (disconnects !== 'behind' && (responses.length === 0 || !responses.every(hasResponded))) {
    // The server may still read, and find an error.
    socket.resume().end()
    if (!socket.destroyed) await once(socket, 'close')
  }
  clearTimeout(timer)
  socket.destroy()
  return disconnects === undefined ? responses : []
}

/** The end of the response at `from`: negative for an interim one, undefined for a part of one. */
function endOfResponse(bytes: Buffer, from: number, method: string): number | undefined {
  const head = bytes.indexOf('\r\n\r\n', from)
  if (head < 0) return undefined
  const text = bytes.toString('latin1', from, head)
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
  if (status < 200) return -(head + 4)
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
  const length = hasBody ? Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0) : 0
  const end = head + 4 + length
  return bytes.length < end ? undefined : end
}
