import t from 'tap'
import { createSessionsInMemory } from '../../src/persistence/console-sessions.ts'
import { describeConsoleSessions } from './console-sessions.ts'

describeConsoleSessions(t, async () => createSessionsInMemory())
