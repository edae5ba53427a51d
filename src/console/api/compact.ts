import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { answer, problems } from './shapes.ts'

const bytes = (description: string, example: number) => z.int().nonnegative().meta({ description, example })

const compactedSchema = z
  .object({
    before: bytes('The size of the database before, in bytes.', 97_000_000),
    after: bytes('Its size now, in bytes.', 4_000_000),
  })
  .meta({ id: 'Compacted', description: 'What a compaction saved.' })

/** Making the database's file smaller. */
export const compactRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (app, { compact }) => {
  app.post(
    '/compact',
    {
      schema: {
        operationId: 'compact',
        summary: 'Compact the database',
        description:
          'Returns all space of deleted data to the file system, in portions between requests. The server does so by itself once there are more than 16 MiB. A file created by an earlier version can not shrink in portions yet: it is rewritten once, and requests wait meanwhile.',
        tags: ['compact'],
        response: { 200: answer('What was saved.', compactedSchema), ...problems() },
      },
    },
    async () => {
      try {
        return await compact()
      } catch (error) {
        throw new Problem('not-compacted', error instanceof Error ? error.message : String(error))
      }
    },
  )
}
