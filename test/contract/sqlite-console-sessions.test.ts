import t from 'tap'
import { createSessionsInMemory } from '../../src/storage/common/console-sessions.ts'
import { describeConsoleSessions } from './console-sessions.ts'

describeConsoleSessions(t, async () => createSessionsInMemory())
