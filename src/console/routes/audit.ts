import { Readable } from 'node:stream'
import type { FastifyPluginAsync } from 'fastify'
import { type AuditSearch, parseAuditSearch } from '../../domain/audit/audit.ts'
import { operations } from '../../domain/contract/audit.ts'
import { toPageRequest } from '../../domain/contract/operation.ts'
import type { ConsoleDeps } from '../deps.ts'
import { auditFormats, exportAudit, viewAuditEntry } from '../views/audit.ts'
import { invalidSearch } from './exchanges.ts'
import { register } from './register.ts'

export const auditRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { auditLog, clock }) => {
  const toSearch = (text = ''): AuditSearch => {
    const { terms, errors } = parseAuditSearch(text, clock())
    if (errors.length > 0) throw invalidSearch(errors)
    return terms
  }

  register(app, 'listAuditEntries', operations.listAuditEntries, async ({ query }) => {
    const { items, ...rest } = await auditLog.page({ search: toSearch(query.q), ...toPageRequest(query) })
    return { items: items.map(viewAuditEntry), ...rest }
  })

  register(app, 'exportAudit', operations.exportAudit, ({ query }, reply) => {
    const { mediaType, file } = auditFormats[query.format]
    const content = exportAudit(auditLog, toSearch(query.q), query.format)
    reply.type(mediaType)
    reply.header('content-disposition', `attachment; filename="${file}"`)
    return reply.send(Readable.from(content))
  })
}
