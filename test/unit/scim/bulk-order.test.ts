import fc from 'fast-check'
import t from 'tap'
import {
  type BulkStep,
  nextWave,
  type OperationDependencies,
  orderOperations,
} from '../../../src/scim/bulk/order.ts'
import { assertProperty } from '../../support/property.ts'

const post = (provides: string, ...references: readonly string[]): OperationDependencies => ({
  provides,
  references,
})
const change = (...references: readonly string[]): OperationDependencies => ({
  provides: undefined,
  references,
})
const indexes = (steps: readonly BulkStep[]) => steps.map(({ index }) => index)

t.test('operations run in the order of the request', async t => {
  t.same(orderOperations([post('a'), change('a'), post('b', 'a')]), [
    { index: 0, earlier: [], later: [], unresolved: [] },
    { index: 1, earlier: [0], later: [], unresolved: [] },
    { index: 2, earlier: [0], later: [], unresolved: [] },
  ])
})

t.test('R-207 a referenced POST runs earlier, after the operations it references itself', async t => {
  t.same(indexes(orderOperations([change('c'), post('a'), post('b', 'a'), post('c', 'b')])), [1, 2, 3, 0])
  t.same(indexes(orderOperations([change(), post('a', 'b'), change(), post('b')])), [0, 3, 1, 2])
})

t.test('R-204 in a circular reference, the operation that closes the circle runs first', async t => {
  t.same(orderOperations([post('a', 'b'), post('b', 'a')]), [
    { index: 1, earlier: [], later: [0], unresolved: [] },
    { index: 0, earlier: [1], later: [], unresolved: [] },
  ])
})

t.test('an operation that references itself does not wait, and unknown references are reported', async t => {
  t.same(orderOperations([post('a', 'a'), change('x', 'a')]), [
    { index: 0, earlier: [], later: [], unresolved: [] },
    { index: 1, earlier: [0], later: [], unresolved: ['x'] },
  ])
})

const anyOperations = fc
  .integer({ min: 1, max: 12 })
  .chain(count =>
    fc.array(
      fc.record({
        isPost: fc.boolean(),
        references: fc.uniqueArray(fc.integer({ min: 0, max: count }).map(String), { maxLength: 4 }),
      }),
      { minLength: count, maxLength: count },
    ),
  )
  .map(all =>
    all.map(({ isPost, references }, at) => ({ provides: isPost ? String(at) : undefined, references })),
  )

t.test('each operation runs once, and only a POST in a circle references a later operation', async t => {
  assertProperty(
    fc.property(anyOperations, operations => {
      const steps = orderOperations(operations)
      const position = new Map(steps.map(({ index }, at) => [index, at]))
      const isBefore = (one: number, other: number) => (position.get(one) ?? 0) < (position.get(other) ?? 0)
      const changes = indexes(steps).filter(index => operations[index]?.provides === undefined)
      return (
        position.size === operations.length &&
        changes.every((index, at) => at === 0 || index > (changes[at - 1] ?? 0)) &&
        steps.every(
          ({ index, earlier, later }) =>
            earlier.every(other => isBefore(other, index)) &&
            later.every(other => isBefore(index, other)) &&
            (later.length === 0 || operations[index]?.provides !== undefined),
        )
      )
    }),
  )
  t.pass()
})

t.test(
  'a wave ends before a reference to it, before the same resource, after an awaited operation and at its limit',
  async t => {
    const steps = orderOperations([
      post('a'),
      post('b'),
      change('b'),
      change(),
      change(),
      post('c'),
      post('d'),
    ])
    const subjects = new Map([
      [3, 'User 1'],
      [4, 'User 1'],
    ])
    const wavesOf = (maxSteps: number) => {
      const waves: (readonly number[])[] = []
      for (let at = 0; at < steps.length; ) {
        const wave = nextWave(steps, at, {
          maxSteps,
          awaited: new Set([5]),
          targetOf: index => subjects.get(index),
        })
        waves.push(indexes(wave))
        at += wave.length
      }
      return waves
    }
    t.same(wavesOf(100), [[0, 1], [2, 3], [4, 5], [6]])
    t.same(wavesOf(1), [[0], [1], [2], [3], [4], [5], [6]])
  },
)
