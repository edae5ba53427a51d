import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Exchange } from '../../../../src/domain/journal/exchange.ts'
import { operations } from '../../../../src/domain/journal/operation.ts'
import {
  type Entry,
  maxBytesOf,
  memoryOf,
  type Recorded,
  type RecordedMessage,
  readRecord,
  toSource,
  writeRecord,
} from '../../../../src/domain/journal/record-layout.ts'
import { assertProperty } from '../../../support/property.ts'
import { aRecorded } from '../../../support/recorded.ts'

/** What clients may send: any code units, also halves of surrogate pairs. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: fc.constantFrom('\ud83d', '\ude00', '\0', '\n', 'é', 'x'), maxLength: 6 }),
  fc.string({ maxLength: 30 }),
)
const optionalText = fc.option(anyText, { nil: undefined })
const optionalNumber = fc.option(fc.nat(), { nil: undefined })
const pairs = (maxLength: number) =>
  fc.array(anyText, { maxLength: maxLength / 2 }).map(texts => [...texts, ...texts])
const message = fc.record<RecordedMessage>({
  headers: fc.oneof({ weight: 9, arbitrary: pairs(20) }, { weight: 1, arbitrary: pairs(800) }),
  body: fc.oneof(
    optionalText,
    fc.uint8Array({ maxLength: 50 }).map(bytes => Buffer.from(bytes)),
    fc.constantFrom('x'.repeat(70_000), '€'.repeat(70_000)),
  ),
  cutFrom: optionalNumber,
  isMasked: fc.boolean(),
  limit: fc.nat(),
  margin: fc.nat(),
})
const recorded = fc.record<Recorded>({
  id: anyText,
  parent: optionalText,
  at: fc.double({ noNaN: true }),
  tenantTime: fc.double({ noNaN: true }),
  microseconds: fc.maxSafeNat(),
  method: anyText,
  url: anyText,
  status: fc.nat(),
  operation: fc.constantFrom(...operations),
  action: anyText,
  enabled: fc.option(fc.boolean(), { nil: undefined }),
  results: optionalNumber,
  membersAdded: optionalNumber,
  membersRemoved: optionalNumber,
  bulkOperations: optionalNumber,
  tenant: optionalText,
  profile: optionalText,
  tokenId: optionalText,
  tokenEnding: optionalText,
  credential: optionalText,
  refusal: fc.constantFrom(undefined, 'missing', 'wrong-signature'),
  unauthenticated: fc.boolean(),
  api: fc.constantFrom(undefined, 'identity-store', 'sts'),
  apiOperation: optionalText,
  accessKey: optionalText,
  region: optionalText,
  targetType: optionalText,
  targetId: optionalText,
  targetLabel: optionalText,
  rule: optionalText,
  replayOf: optionalText,
  faultId: optionalText,
  faultSummary: optionalText,
  remoteAddress: optionalText,
  secretNames: anyText,
  secrets: pairs(6),
  request: message,
  response: message,
})

/** With bodies as texts, and U+FFFD in place of unpaired surrogates. */
function asRead(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (Buffer.isBuffer(value)) return value.toString('utf8')
  if (Array.isArray(value)) return value.map(asRead)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asRead(member)]))
}

/** Memory with the record at `offset`, and its size. */
function written(entry: Entry, offset = 0) {
  const source = toSource(entry)
  const memory = memoryOf(new ArrayBuffer(offset + maxBytesOf(source)))
  return { memory, size: writeRecord(memory, offset, source) }
}

t.test('a record is read as it was written, whatever a client sent', async () => {
  assertProperty(
    fc.property(recorded, fc.constantFrom(0, 8, 4096), (given, offset) => {
      const { memory, size } = written(given, offset)
      assert.equal(size % 8, 0)
      assert.deepEqual(readRecord(memory, offset, size), asRead(given))
    }),
    { numRuns: 300 },
  )
})

t.test('a finished exchange is read as it was written', async t => {
  const exchange: Exchange = {
    id: 'e',
    at: 5,
    tenantTime: 7,
    microseconds: 0,
    method: '?',
    url: '?',
    status: 400,
    operation: 'malformed',
    action: 'send something that is not HTTP',
    request: { headers: { 'x-é': '\0' } },
    response: { headers: {}, body: '{"a":"\ud83d"}' },
  }
  const { memory, size } = written(exchange)
  t.same(readRecord(memory, 0, size), exchange)
})

t.test('a damaged record is reported or read, without an end', async t => {
  const given = aRecorded({ request: { headers: ['host', 'here'], body: 'body' }, secrets: ['secret', '…'] })
  const { size } = written(given)
  t.throws(() => {
    const { memory } = written(given)
    readRecord(memory, 0, size - 8)
  }, /its record in memory is damaged/)
  assertProperty(
    fc.property(
      fc.integer({ min: 4, max: size - 1 }),
      fc.uint8Array({ minLength: 1, maxLength: 16 }),
      (at, garbage) => {
        const { memory } = written(given)
        memory.bytes.set(garbage.subarray(0, size - at), at)
        try {
          readRecord(memory, 0, size)
        } catch (error) {
          assert(error instanceof Error)
        }
      },
    ),
    { numRuns: 1000 },
  )
})
