import { z } from 'zod'
import { roleSchema } from './me.ts'
import { operation, pageQuery, pageSchema, timestamp } from './operation.ts'

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

export type Session = z.output<typeof sessionSchema>

const endedSchema = z
  .object({ ended: z.int().meta({ description: 'The number of ended sessions.', example: 3 }) })
  .meta({ id: 'EndedSessions', description: 'The result of ending all sessions.' })

const sessionParams = z.object({
  session: z.string().meta({ description: 'The ID of the session.' }),
})

export const operations = {
  listSessions: operation({
    method: 'GET',
    path: '/sessions',
    needs: 'write',
    summary: 'List the sessions',
    tags: ['sessions'],
    query: pageQuery,
    response: { status: 200, description: 'The sessions, newest first.', schema: pageSchema(sessionSchema) },
    problems: [400],
  }),
  endSession: operation({
    method: 'DELETE',
    path: '/sessions/:session',
    needs: 'destroy',
    summary: 'End a session',
    description: 'Its person has to sign in again.',
    tags: ['sessions'],
    params: sessionParams,
    response: { status: 204, description: 'The session has ended.' },
    problems: [404],
    changes: 'sessions',
  }),
  endSessions: operation({
    method: 'DELETE',
    path: '/sessions',
    needs: 'destroy',
    summary: 'End all sessions',
    description: 'All people have to sign in again, also the caller.',
    tags: ['sessions'],
    response: { status: 200, description: 'The number of ended sessions.', schema: endedSchema },
    problems: [],
    changes: 'sessions',
  }),
}
