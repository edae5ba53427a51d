import t from 'tap'
import { isStillAdmitted, whileAdmitted } from '../../../src/console/live/admitted.ts'
import { serializeOnce } from '../../../src/console/live/hub.ts'
import type { ConsoleToken } from '../../../src/domain/ports/console-access.ts'

/** A reader that records what it receives. */
function createReader() {
  const received: string[] = []
  const reader = {
    receive: (events: readonly unknown[]) => void received.push(`${events.length} events`),
    heartbeat: () => void received.push('heartbeat'),
    end: () => void received.push('end'),
  }
  return { received, reader }
}

const settled = () => new Promise(resolve => setImmediate(resolve))

const ofSessions = serializeOnce({ kind: 'changed', what: 'sessions' })
const ofTenants = serializeOnce({ kind: 'changed', what: 'tenants' })

t.test(
  'a stream ends after a change of sessions, or by a heartbeat, once its caller is not admitted',
  async t => {
    let admitted = true
    let checks = 0
    const isAdmitted = async () => {
      checks++
      return admitted
    }
    const { received, reader } = createReader()
    const stream = whileAdmitted(reader, isAdmitted)
    stream.receive([ofSessions])
    stream.heartbeat()
    await settled()
    t.same(received, ['1 events', 'heartbeat'])
    admitted = false
    stream.receive([ofTenants])
    await settled()
    t.equal(checks, 2, 'other changes need no check')
    stream.receive([ofSessions, ofTenants])
    await settled()
    t.same(received.slice(2), ['1 events', '2 events', 'end'])
    const other = createReader()
    whileAdmitted(other.reader, isAdmitted).heartbeat()
    await settled()
    t.same(other.received, ['heartbeat', 'end'])
  },
)

t.test('a stream continues while the database is away', async t => {
  const { received, reader } = createReader()
  whileAdmitted(reader, () => Promise.reject(new Error('away'))).heartbeat()
  await settled()
  t.same(received, ['heartbeat'])
})

t.test('a caller is admitted as long as the session, console token or access token is valid', async t => {
  const token = { id: 'one', expires: 2_000_000 } as ConsoleToken
  const deps = {
    clock: () => 1_000_000,
    consoleTokens: { list: () => [token, { ...token, id: 'expired', expires: 1_000_000 }] },
    signIn: { sessions: { isOpen: async (id: string) => id === 'open' } },
  } as unknown as Parameters<typeof isStillAdmitted>[1]
  const person = { issuer: 'i', subject: 's', role: 'read', expires: 2_000_000 } as const
  const ofToken = (id: string) => ({ kind: 'token', id, name: id, level: 'read' }) as const
  for (const [caller, expected] of [
    [{ kind: 'open' }, true],
    [ofToken('console-token'), true],
    [ofToken('one'), true],
    [ofToken('expired'), false],
    [ofToken('deleted'), false],
    [{ kind: 'person', ...person, session: 'open' }, true],
    [{ kind: 'person', ...person, session: 'ended' }, false],
    [{ kind: 'identity', ...person }, true],
    [{ kind: 'identity', ...person, expires: 700_001 }, true],
    [{ kind: 'identity', ...person, expires: 700_000 }, false],
  ] as const) {
    t.equal(await isStillAdmitted(caller, deps), expected, JSON.stringify(caller))
  }
})
