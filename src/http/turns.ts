/** What may be under way for one client. */
export type TurnLimits = {
  /** The most requests worked on at a time. */
  readonly atOnce: number
  /** The most requests that wait, and the most bytes of their bodies. */
  readonly waiting: number
  readonly waitingBytes: number
}

export type Turn = {
  /** Whose turn it is: the limits hold for each of them. */
  readonly client: string
  /** The length of the body that is kept while it waits. */
  readonly bytes: number
  /** Registers what is to happen when the client leaves. */
  readonly onLeave: (leave: () => void) => void
  /** Makes the error when too much waits already. */
  readonly refuse: () => Error
}

/**
 * Runs work as soon as the limits allow, in order of arrival. Work whose client leaves before its turn is dropped: its
 * promise stays pending.
 */
export type Turns = <Result>(turn: Turn, work: () => Promise<Result>) => Promise<Result>

type Waiting = { readonly bytes: number; readonly start: () => void }
type Line = { running: number; bytes: number; readonly waiting: Set<Waiting> }

export function createTurns(limits: TurnLimits): Turns {
  const lines = new Map<string, Line>()
  const lineOf = (client: string): Line => {
    const known = lines.get(client)
    if (known) return known
    const line = { running: 0, bytes: 0, waiting: new Set<Waiting>() }
    lines.set(client, line)
    return line
  }
  return async ({ client, bytes, onLeave, refuse }, work) => {
    const line = lineOf(client)
    if (line.running < limits.atOnce) line.running++
    else if (isFull(line, bytes, limits)) throw refuse()
    else await new Promise<void>(start => join(line, { bytes, start }, onLeave))
    try {
      return await work()
    } finally {
      // The place goes straight to the next in line, so nobody who arrives later takes it.
      if (!startNext(line) && --line.running === 0) lines.delete(client)
    }
  }
}

const isFull = (line: Line, bytes: number, limits: TurnLimits): boolean =>
  line.waiting.size >= limits.waiting || line.bytes + bytes > limits.waitingBytes

function join(line: Line, waiting: Waiting, onLeave: Turn['onLeave']): void {
  line.waiting.add(waiting)
  line.bytes += waiting.bytes
  onLeave(() => leave(line, waiting))
}

function leave(line: Line, waiting: Waiting): boolean {
  if (!line.waiting.delete(waiting)) return false
  line.bytes -= waiting.bytes
  return true
}

function startNext(line: Line): boolean {
  const [next] = line.waiting
  if (!next) return false
  leave(line, next)
  next.start()
  return true
}
