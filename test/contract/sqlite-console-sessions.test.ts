import t from 'tap'
import { createSessionsInMemory } from '../../src/storage/common/in-memory.ts'
import { describeConsoleSessions } from './console-sessions.ts'

describeConsoleSessions(t, async () => createSessionsInMemory())
