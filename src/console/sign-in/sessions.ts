import { hash, randomBytes, randomUUID } from 'node:crypto'
import type { ConsoleSession, ConsoleSessionStore, SessionLimits } from '../../domain/ports/console-access.ts'

/** A person with many browsers needs a few. So the sign-ins of one person do not end the sessions of others. */
const limits: SessionLimits = { person: 20, total: 1000 }
/** A session without requests ends after this many milliseconds. */
const maxIdle = 60 * 60_000
const touchInterval = 60_000

export type Person = Pick<ConsoleSession, 'issuer' | 'subject' | 'name' | 'role' | 'authenticated' | 'acr'>

export type Sessions = {
  /** Opens a session with a new secret for the cookie; ends the previous one of the browser. */
  open(person: Person, previous?: ConsoleSession): Promise<{ secret: string; session: ConsoleSession }>
  /** The session of the first secret that has one. Counts as a use. */
  find(secrets: readonly string[]): Promise<ConsoleSession | undefined>
  /** Whether the session with this ID has not ended. Counts as no use. */
  isOpen(id: string): Promise<boolean>
  /** The sessions that have not ended, newest first. */
  list(): Promise<readonly ConsoleSession[]>
  end(id: string): Promise<boolean>
  endAll(): Promise<number>
}

type SessionsDeps = {
  readonly store: ConsoleSessionStore
  /** Milliseconds since 1970, by the clock of the database. */
  readonly clock: () => number
  /** Milliseconds. */
  readonly lifetime: number
}

const hashOf = (secret: string): Buffer => hash('sha256', secret, 'buffer')

/** 32 bytes as base64url. */
const isSecret = (text: string) => /^[\w-]{43}$/.test(text)

/** Secrets of cookies are kept as hashes only. */
export function createSessions({ store, clock, lifetime }: SessionsDeps): Sessions {
  const hasEnded = ({ expires, lastUsed }: ConsoleSession, now: number) =>
    expires <= now || lastUsed < now - maxIdle

  const forgetEnded = (now: number) => store.prune({ expired: now, idle: now - maxIdle })

  async function findOne(secret: string): Promise<ConsoleSession | undefined> {
    const key = hashOf(secret)
    const session = await store.find(key)
    const now = clock()
    if (!session || hasEnded(session, now)) return undefined
    if (now - session.lastUsed >= touchInterval) await store.touch(key, now)
    return session
  }

  return {
    async open(person, previous) {
      if (previous) await store.end(previous.id)
      const now = clock()
      await forgetEnded(now)
      const secret = randomBytes(32).toString('base64url')
      const times = { created: now, lastUsed: now, expires: now + lifetime }
      const session = { id: randomUUID(), ...person, ...times }
      await store.save(hashOf(secret), session, limits)
      return { secret, session }
    },
    async find(secrets) {
      for (const secret of secrets.filter(isSecret)) {
        const session = await findOne(secret)
        if (session) return session
      }
      return undefined
    },
    async isOpen(id) {
      const session = await store.get(id)
      return session !== undefined && !hasEnded(session, clock())
    },
    async list() {
      await forgetEnded(clock())
      return store.list()
    },
    end: store.end,
    endAll: store.endAll,
  }
}
