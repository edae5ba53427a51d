import type { FastifyPluginAsync } from 'fastify'
import { operations } from '../../domain/contract/rehearsal.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import { register } from './register.ts'

export const rehearsalRoutes: FastifyPluginAsync<ConsoleDeps> = async app => {
  register(app, 'rehearse', operations.rehearse, async () => {
    throw new Problem('not-found', 'Rehearsals are not available.')
  })
}
