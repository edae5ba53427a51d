import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { createLane, type Lane } from '../../../../src/storage/postgres/connect.ts'
import { type Connection, ConnectionLostError } from '../../../../src/storage/postgres/connection.ts'
import { createReadiness } from '../../../../src/storage/postgres/readiness.ts'

/** A connection whose statements have no response until it is aborted. */
function unresponsive(): Connection {
  const ended = Promise.withResolvers<never>()
  ended.promise.catch(() => {})
  return {
    name: 'of the test',
    isReadOnly: false,
    isPooled: false,
    hasEnded: () => false,
    query: () => ended.promise,
    queryAll: () => ended.promise,
    execute: () => ended.promise,
    close: async () => {},
    abort: () => ended.reject(new ConnectionLostError('It was aborted.')),
  }
}

const responsive = (): Connection => ({ ...unresponsive(), query: async () => [] })

/** The readiness of an instance with these connections, whose time the test passes. */
function watch(t: Test, lanes: readonly Lane[]) {
  let now = 0
  mock.timers.enable({ apis: ['setInterval'] })
  const { now: real } = performance
  performance.now = () => now
  const readiness = createReadiness({
    ...{ lanes, checked: [lanes], count: lanes.length, isServing: () => true },
    log: { info: () => {}, warn: () => {} },
  })
  t.teardown(() => {
    readiness.close()
    mock.timers.reset()
    performance.now = real
  })
  const pass = async (seconds: number) => {
    for (let half = 0; half < 2 * seconds; half++) {
      now += 500
      mock.timers.tick(500)
      await new Promise(setImmediate)
    }
  }
  return { readiness, pass }
}

t.test('an instance is ready once its missing connection was opened by its use', async t => {
  let isRefused = true
  const lane = createLane(async () => {
    if (isRefused) throw new ConnectionLostError('There is none at present.')
    return responsive()
  })
  const { readiness, pass } = watch(t, [lane])
  await readiness.open()
  t.equal(readiness.isReady(), false)
  isRefused = false
  await lane.connection()
  await pass(0.5)
  t.equal(readiness.isReady(), true)
})

t.test('a connection without a response is replaced, and the instance is ready again', async t => {
  const opened = [unresponsive(), responsive()]
  const lane = createLane(async () => opened.shift() ?? responsive())
  const { readiness, pass } = watch(t, [lane])
  await readiness.open()
  t.equal(readiness.isReady(), true)
  await pass(12)
  t.equal(readiness.isReady(), false, 'a balancer sends it no requests')
  await pass(30)
  t.equal(readiness.isReady(), true)
  t.same(opened, [])
})
