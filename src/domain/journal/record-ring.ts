import { performance } from 'node:perf_hooks'
import { clearTimeout, setTimeout } from 'node:timers'
import {
  type Entry,
  isFiller,
  maxBytesOf,
  memoryOf,
  prefixBytes,
  type RecordMemory,
  readRecord,
  sizeAt,
  timeAt,
  toSource,
  writeFiller,
  writeRecord,
} from './record-layout.ts'

const controlBytes = 64

/*
 * Positions of the control words. Head and tail count bytes without end, modulo 2^32: the record at the tail is the oldest, the
 * next one is written at the head. Only the writer stores the head, only the reader the tail. `shift` turns a position into an offset;
 * the writer changes it while the ring is empty, before it stores the head.
 */
const head = 0
const tail = 1
const shift = 2
const written = 3
const taken = 4

export type RingBuffer = ArrayBuffer | SharedArrayBuffer

/** Memory for a ring of this many bytes, a power of two. Its pages take no memory until they are used. */
export const createRingBuffer = (capacity: number): ArrayBuffer => new ArrayBuffer(controlBytes + capacity)
export const createSharedRingBuffer = (capacity: number): SharedArrayBuffer =>
  new SharedArrayBuffer(controlBytes + capacity)

type Ring = { readonly control: Int32Array; readonly memory: RecordMemory; readonly capacity: number }

const ringIn = (buffer: RingBuffer): Ring => ({
  control: new Int32Array(buffer, 0, controlBytes / 4),
  memory: memoryOf(buffer, controlBytes),
  capacity: buffer.byteLength - controlBytes,
})

const offsetIn = ({ control, capacity }: Ring, position: number): number =>
  (position + Atomics.load(control, shift)) & (capacity - 1)

const countWaiting = ({ control }: Ring): number =>
  (Atomics.load(control, written) - Atomics.load(control, taken)) | 0

/** `full`: the reader made no room in time. `too-large`: the record is larger than the ring. */
export type WriteResult = 'written' | 'full' | 'too-large'

export type RingWriter = Pick<Backpressure, 'room' | 'noteTaken'> & {
  /** Waits for the reader if there is no room, at most for `patience`, and not again until the reader proceeds. */
  write(entry: Entry): WriteResult
  waiting(): number
  /** The time of the earliest arrival among them, in milliseconds since 1970; undefined if none waits. */
  earliestWaiting(): number | undefined
}

type RingWriterOptions = {
  readonly beforeWait?: () => void
  /** Takes some records at once, where the reader is in this thread. */
  readonly makeRoom?: () => void
  /** Milliseconds to wait for a reader that takes nothing. */
  readonly patience?: number
}

const step = 5

export function createRingWriter(
  buffer: RingBuffer,
  { beforeWait = () => {}, makeRoom, patience = 1000 }: RingWriterOptions = {},
): RingWriter {
  const ring = ringIn(buffer)
  const { control, memory, capacity } = ring
  let headNow = Atomics.load(control, head)
  let writtenNow = Atomics.load(control, written)
  const used = (): number => (headNow - Atomics.load(control, tail)) | 0
  const { room, noteTaken, isStuck, noteStuck } = createBackpressure({
    used: () => used() / capacity,
    position: () => Atomics.load(control, tail),
    patience,
  })

  const findRoom = (size: number): number | undefined => {
    const bytes = used()
    // So that a quiet server touches few pages.
    if (bytes === 0) Atomics.store(control, shift, -headNow | 0)
    const beforeEnd = capacity - offsetIn(ring, headNow)
    const skipped = size > beforeEnd ? beforeEnd : 0
    return bytes + skipped + size <= capacity ? skipped : undefined
  }

  const makeRoomFor = (size: number, makeRoom: () => void): number | undefined => {
    for (;;) {
      const before = Atomics.load(control, tail)
      makeRoom()
      const made = findRoom(size)
      if (made !== undefined || Atomics.load(control, tail) === before) return made
    }
  }

  const awaitRoom = (size: number): number | undefined => {
    const found = findRoom(size)
    if (found !== undefined) return found
    if (makeRoom) return makeRoomFor(size, makeRoom)
    beforeWait()
    const end = performance.now() + patience
    while (!isStuck()) {
      const before = Atomics.load(control, tail)
      Atomics.wait(control, tail, before, step)
      const made = findRoom(size)
      if (made !== undefined) return made
      if (performance.now() >= end) noteStuck()
    }
    return undefined
  }

  return {
    write(entry) {
      const source = toSource(entry)
      const size = maxBytesOf(source)
      if (size > capacity) return 'too-large'
      const skipped = awaitRoom(size)
      if (skipped === undefined) return 'full'
      if (skipped > 0) writeFiller(memory, offsetIn(ring, headNow), skipped)
      const start = (headNow + skipped) | 0
      const bytes = writeRecord(memory, offsetIn(ring, start), source)
      headNow = (start + bytes) | 0
      writtenNow = (writtenNow + 1) | 0
      Atomics.store(control, written, writtenNow)
      Atomics.store(control, head, headNow)
      return 'written'
    },

    room,
    noteTaken,
    waiting: () => countWaiting(ring),

    earliestWaiting() {
      let earliest: number | undefined
      let position = Atomics.load(control, tail)
      while (position !== headNow) {
        const offset = offsetIn(ring, position)
        if (!isFiller(memory, offset))
          earliest = Math.min(earliest ?? Number.POSITIVE_INFINITY, timeAt(memory, offset))
        const size = sizeAt(memory, offset)
        if (size <= 0) break
        position = (position + size) | 0
      }
      return earliest
    },
  }
}

export type Taken = { readonly entry: Entry } | { readonly error: unknown }

export type RingReader = {
  /** Takes the oldest record and erases it, since it contains secrets; undefined if there is none. */
  take(): Taken | undefined
  waiting(): number
}

export function createRingReader(buffer: RingBuffer): RingReader {
  const ring = ringIn(buffer)
  const { control, memory, capacity } = ring
  let tailNow = Atomics.load(control, tail)

  const proceed = (bytes: number, records: number): void => {
    tailNow = (tailNow + bytes) | 0
    Atomics.add(control, taken, records)
    Atomics.store(control, tail, tailNow)
    Atomics.notify(control, tail)
  }

  /** The time and the size stay: the writer may read them meanwhile. */
  const erase = (offset: number, size: number) => memory.bytes.fill(0, offset + prefixBytes, offset + size)

  const takeAll = (available: number): Taken => {
    const records = countWaiting(ring)
    const start = offsetIn(ring, tailNow)
    memory.bytes.fill(0, start, start + available)
    memory.bytes.fill(0, 0, Math.max(0, start + available - capacity))
    proceed(available, records)
    return {
      error: new Error(
        `${records} requests are missing from the journal: their records in memory are damaged.`,
      ),
    }
  }

  const readAt = (offset: number, size: number): Taken => {
    try {
      return { entry: readRecord(memory, offset, size) }
    } catch (error) {
      return { error }
    }
  }

  return {
    take() {
      for (;;) {
        const available = (Atomics.load(control, head) - tailNow) | 0
        if (available === 0) return undefined
        const offset = offsetIn(ring, tailNow)
        const size = sizeAt(memory, offset)
        if (size <= 0 || size % 8 !== 0 || size > Math.min(available, capacity - offset))
          return takeAll(available)
        if (!isFiller(memory, offset)) {
          const found = readAt(offset, size)
          erase(offset, size)
          proceed(size, 1)
          return found
        }
        proceed(size, 0)
      }
    },
    waiting: () => countWaiting(ring),
  }
}

export type Backpressure = {
  /** Undefined unless more than half is in use. Otherwise resolves when less than a quarter is, or after `patience`. */
  readonly room: () => Promise<void> | undefined
  readonly noteTaken: () => void
  readonly isStuck: () => boolean
  readonly noteStuck: () => void
}

type BackpressureOptions = {
  readonly used: () => number
  readonly position: () => number
  /** Milliseconds. */
  readonly patience: number
}

/** Slows down those who fill a queue until it is emptied, unless it is stuck. */
export function createBackpressure({ used, position, patience }: BackpressureOptions): Backpressure {
  let stuckAt: number | undefined
  let awaited: PromiseWithResolvers<void> | undefined
  let timer: NodeJS.Timeout | undefined

  const release = (): void => {
    clearTimeout(timer)
    awaited?.resolve()
    awaited = undefined
  }
  const isStuck = (): boolean => stuckAt !== undefined && stuckAt === position()

  return {
    room() {
      if (awaited) return awaited.promise
      if (used() <= 1 / 2 || isStuck()) return undefined
      awaited = Promise.withResolvers()
      const before = position()
      timer = setTimeout(() => {
        if (position() === before) stuckAt = before
        release()
      }, patience)
      return awaited.promise
    },
    noteTaken() {
      if (awaited && used() < 1 / 4) release()
    },
    isStuck,
    noteStuck() {
      stuckAt = position()
    },
  }
}
