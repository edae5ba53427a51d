import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { isRecorded } from '../../../../src/domain/journal/record-layout.ts'
import {
  createRingBuffer,
  createRingReader,
  createRingWriter,
  createSharedRingBuffer,
  type RingReader,
} from '../../../../src/domain/journal/record-ring.ts'
import { aRecorded } from '../../../support/recorded.ts'
import type { RingReaderData } from '../../../support/ring-reader-thread.ts'

/** A record with this number, and with a body of this many characters. */
const numbered = (status: number, length = 100) =>
  aRecorded({ status, at: status, results: length, response: { body: 'x'.repeat(length) } })

/** The numbers of all records that are taken. */
function takeAll(reader: RingReader): number[] {
  const numbers: number[] = []
  for (let taken = reader.take(); taken; taken = reader.take()) {
    numbers.push('entry' in taken && isRecorded(taken.entry) ? taken.entry.status : Number.NaN)
  }
  return numbers
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at)

const openRing = (capacity: number, options?: Parameters<typeof createRingWriter>[1]) => {
  const buffer = createSharedRingBuffer(capacity)
  return { buffer, writer: createRingWriter(buffer, options), reader: createRingReader(buffer) }
}

t.test('records are taken in their order, also beyond the end of the ring', async t => {
  const { writer, reader } = openRing(64 * 1024)
  const seen: number[] = []
  let next = 0
  for (let round = 0; round < 300; round++) {
    const end = next + 1 + (round % 5)
    for (; next < end; next++) assert.equal(writer.write(numbered(next, (next * 769) % 1500)), 'written')
    // Each leaves one, since an empty ring is used from its start.
    while (reader.waiting() > 1) {
      const taken = reader.take()
      if (taken && 'entry' in taken && isRecorded(taken.entry)) seen.push(taken.entry.status)
    }
  }
  seen.push(...takeAll(reader))
  t.same(seen, numbers(0, next))
  t.equal(writer.waiting(), 0)
})

t.test('positions continue beyond 32 bits', async () => {
  const { buffer } = openRing(16 * 1024)
  const control = new Int32Array(buffer, 0, 2)
  for (const near of [2 ** 31 - 16 * 1024, -16 * 1024]) {
    control.fill(near)
    const writer = createRingWriter(buffer)
    const reader = createRingReader(buffer)
    for (let number = 0; number < 100; number++) {
      assert.equal(writer.write(numbered(number, 2000)), 'written')
      assert.deepEqual(takeAll(reader), [number])
    }
  }
})

t.test('a record that is taken is erased', async t => {
  const { buffer, writer, reader } = openRing(64 * 1024)
  const secret = 'secret-secret-secret'
  const bytes = Buffer.from(buffer)
  for (let number = 0; number < 100; number++) {
    writer.write(
      aRecorded({ secrets: [secret, '…'], request: { headers: ['authorization', secret], body: secret } }),
    )
    if (number % 7 === 0) takeAll(reader)
  }
  t.ok(bytes.includes(secret))
  takeAll(reader)
  t.notOk(bytes.includes(secret))
})

t.test('a ring that is empty is used from its start, so that few pages are', async t => {
  const { buffer, writer, reader } = openRing(1024 * 1024)
  for (let number = 0; number < 1000; number++) {
    writer.write(numbered(number, 2000))
    takeAll(reader)
  }
  const words = new Int32Array(buffer)
  t.ok(words.findLastIndex(word => word !== 0) * 4 < 32 * 1024)
})

t.test('a record whose parts are damaged is reported, and the next one is read', async t => {
  const { buffer, writer, reader } = openRing(64 * 1024)
  for (const number of [1, 2, 3]) writer.write(numbered(number))
  const words = new Int32Array(buffer, 64)
  const second = (words[0] ?? 0) / 4
  words[second + 1] = 7
  t.same(takeAll(reader), [1, Number.NaN, 3])
})

t.test('a record whose size is damaged is reported with those behind it, which are erased', async t => {
  for (const size of [0, 12, -8, 60_000]) {
    const { buffer, writer, reader } = openRing(64 * 1024)
    for (const number of [1, 2, 3]) writer.write(numbered(number))
    const words = new Int32Array(buffer, 64)
    words[(words[0] ?? 0) / 4] = size
    reader.take()
    const taken = reader.take()
    t.match(taken, { error: /^Error: 2 requests are missing/ })
    t.notOk(Buffer.from(buffer).includes('acme'))
    writer.write(numbered(4))
    t.same(takeAll(reader), [4])
  }
})

t.test('a record beyond the size of the ring is rejected', async t => {
  const { writer, reader } = openRing(16 * 1024)
  t.equal(writer.write(numbered(1, 16 * 1024)), 'too-large')
  t.equal(writer.write(numbered(2, 2000)), 'written')
  t.same(takeAll(reader), [2])
})

t.test('a full ring waits for its reader once, and again when the reader has proceeded', async t => {
  const { writer, reader } = openRing(16 * 1024, { patience: 20 })
  const fill = () => {
    let count = 0
    while (writer.write(numbered(count)) === 'written') count++
    return count
  }
  const first = fill()
  t.ok(first > 10)
  const start = performance.now()
  for (let more = 0; more < 1000; more++) assert.equal(writer.write(numbered(first)), 'full')
  t.ok(performance.now() - start < 1000)
  t.equal(writer.room(), undefined)
  t.same(takeAll(reader), numbers(0, first))
  t.equal(writer.write(numbered(7)), 'written')
  t.same(takeAll(reader), [7])
})

t.test('a full ring in one thread is emptied by its writer', async t => {
  const buffer = createRingBuffer(16 * 1024)
  const reader = createRingReader(buffer)
  const seen: number[] = []
  const takeOne = () => {
    const taken = reader.take()
    if (taken && 'entry' in taken && isRecorded(taken.entry)) seen.push(taken.entry.status)
  }
  const writer = createRingWriter(buffer, { makeRoom: takeOne })
  for (let number = 0; number < 500; number++) assert.equal(writer.write(numbered(number)), 'written')
  seen.push(...takeAll(reader))
  t.same(seen, numbers(0, 500))
})

t.test('a ring that is half full has no room until three quarters are free', async t => {
  const { writer, reader } = openRing(64 * 1024)
  let count = 0
  while (!writer.room()) writer.write(numbered(count++, 1000))
  let hasRoom = false
  const room = writer.room()?.then(() => {
    hasRoom = true
  })
  reader.take()
  writer.noteTaken()
  await Promise.resolve()
  t.notOk(hasRoom)
  takeAll(reader)
  writer.noteTaken()
  await room
  t.ok(hasRoom)
  t.equal(writer.room(), undefined)
})

t.test('nothing waits longer for room than the patience, nor again for a stuck reader', async t => {
  const { writer, reader } = openRing(16 * 1024, { patience: 20 })
  while (!writer.room()) writer.write(numbered(1))
  for (let more = 0; more < 3; more++) writer.write(numbered(1))
  await writer.room()
  t.equal(writer.room(), undefined)
  reader.take()
  t.ok(writer.room())
  takeAll(reader)
  writer.noteTaken()
})

t.test('the earliest arrival among those that wait is known', async t => {
  const { writer, reader } = openRing(16 * 1024)
  t.equal(writer.earliestWaiting(), undefined)
  for (let round = 0; round < 20; round++) {
    for (const at of [30, 10, 20]) writer.write(numbered(at, 700))
    t.equal(writer.earliestWaiting(), 10)
    reader.take()
    reader.take()
    t.equal(writer.earliestWaiting(), 20)
    takeAll(reader)
    t.equal(writer.earliestWaiting(), undefined)
  }
})

t.test('a thread takes 100,000 records while they are written', async t => {
  const count = 100_000
  const { buffer, writer } = openRing(1024 * 1024, { patience: 30_000 })
  const workerData: RingReaderData = { buffer, count }
  const thread = new Worker(new URL('../../../support/ring-reader-thread.ts', import.meta.url), {
    workerData,
  })
  const result = once(thread, 'message')
  await once(thread, 'online')
  for (let number = 0; number < count; number++) {
    const length = number % 997 === 0 ? 60_000 : (number * 7919) % 400
    if (writer.write(numbered(number, length)) !== 'written') t.fail('a record was lost')
  }
  t.same(await result, [0])
  t.equal(writer.waiting(), 0)
  await thread.terminate()
})
