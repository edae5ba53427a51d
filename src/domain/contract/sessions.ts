import { z } from 'zod'
import { roleSchema } from './me.ts'
import { describe, destroy, pages, returns, returnsNothing, timestamp, write } from './operation.ts'

const sessionSchema = z
  .object({
    id: z.string().meta({ description: 'The ID of the session; not the value of its cookie.' }),
    issuer: z.string().meta({ description: 'The identity provider.' }),
    subject: z.string().meta({ description: 'The ID of the person at the identity provider.' }),
    name: z.string().optional().meta({ description: 'The name, for display.', example: 'Anna Berg' }),
    role: roleSchema,
    created: timestamp('The time of the sign-in.'),
    lastUsed: timestamp('The last request, to the minute.'),
    expires: timestamp('The end of the session; without requests it ends earlier.'),
    authenticated: timestamp('The last authentication, as the identity provider reports it.').optional(),
    current: z.boolean().meta({ description: 'Whether it is the session of this request.' }),
  })
  .meta({ id: 'Session', description: 'A session of a person who signed in to the console.' })

export type Session = z.input<typeof sessionSchema>

const endedSchema = z
  .object({ ended: z.int().meta({ description: 'The number of ended sessions.', example: 3 }) })
  .meta({ id: 'EndedSessions', description: 'The result of ending all sessions.' })

export const operations = describe('sessions', {
  listSessions: write(
    'GET /sessions',
    'List the sessions',
    pages(sessionSchema, 'The sessions, newest first.'),
  ),
  endSession: destroy(
    'DELETE /sessions/:session',
    'End a session',
    returnsNothing('The session has ended.'),
    { description: 'Its person has to sign in again.' },
  ),
  endSessions: destroy(
    'DELETE /sessions',
    'End all sessions',
    returns(endedSchema, 'The number of ended sessions.'),
    { description: 'All people have to sign in again, also the caller.' },
  ),
})
