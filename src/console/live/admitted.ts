import type { ConsoleCaller } from '../caller.ts'
import type { ConsoleDeps } from '../deps.ts'
import { clockTolerance } from '../sign-in/step-up.ts'
import type { LiveReader, SerializedEvent } from './hub.ts'

/** Whether a caller would still be admitted: streams and slow bodies outlast sessions and tokens. */
export async function isStillAdmitted(
  caller: ConsoleCaller,
  { consoleTokens, signIn, clock }: Pick<ConsoleDeps, 'consoleTokens' | 'signIn' | 'clock'>,
): Promise<boolean> {
  switch (caller.kind) {
    case 'open':
      return true
    case 'token': {
      if (caller.id === 'console-token') return true
      const token = consoleTokens.list().find(({ id }) => id === caller.id)
      return token !== undefined && token.expires > clock()
    }
    case 'person':
      return signIn?.sessions.isOpen(caller.session) ?? false
    case 'identity':
      // As long as another request with the same access token.
      return caller.expires + clockTolerance > clock()
  }
}

const isAboutCallers = ({ event }: SerializedEvent): boolean =>
  event.kind === 'changed' && (event.what === 'sessions' || event.what === 'console-tokens')

/** Ends the stream once its caller is no longer admitted: after a change on this instance at once, otherwise by the next heartbeat. */
export function whileAdmitted(reader: LiveReader, isAdmitted: () => Promise<boolean>): LiveReader {
  const check = () => {
    isAdmitted().then(
      admitted => {
        if (!admitted) reader.end()
      },
      // The database is away for a moment. The next heartbeat repeats the check.
      () => {},
    )
  }
  return {
    receive(events) {
      reader.receive(events)
      if (events.some(isAboutCallers)) check()
    },
    heartbeat() {
      reader.heartbeat()
      check()
    },
    end: reader.end,
  }
}
