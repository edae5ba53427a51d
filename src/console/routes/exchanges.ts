import { Readable } from 'node:stream'
import type { FastifyPluginAsync } from 'fastify'
import {
  type ExchangeFormat,
  maxCounted,
  operations,
  type SearchQuery,
} from '../../domain/contract/exchanges.ts'
import { toPageRequest } from '../../domain/contract/operation.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import { missingBecause } from '../../domain/journal/request-id.ts'
import {
  createTerm,
  parseSearch,
  type Search,
  type SearchError,
  type Term,
} from '../../domain/journal/search/parse.ts'
import { parseStatus } from '../../domain/journal/search/values.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import type { Tenant, TenantStore } from '../../domain/tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { toAwsCli, toCurl, toFixture } from '../export/exchange.ts'
import { type ExportSource, harEntry, harFooter, harHeader, toTrail } from '../export/har.ts'
import { exportJournal, journalFiles, journalMediaTypes } from '../export/journal.ts'
import { exportRecording, recordingFile, recordingMediaType } from '../export/recording.ts'
import { Problem } from '../problem.ts'
import { requireWritable } from '../read-only.ts'
import { isDeletion, rightsOfCaller, toReplayRequest } from '../replay.ts'
import { viewExchange, viewExchangeDetail } from '../views/exchange.ts'
import { findByBeginning, register } from './register.ts'

export function toSearch(query: SearchQuery): Search {
  const { q, tenant, method, action, status, resource, from, until, text } = query
  return [
    ...term('tenant', tenant),
    ...term('method', method?.toUpperCase()),
    ...term('action', action),
    ...term('status', status && parseStatus(status)),
    ...term('resource', resource),
    ...term('after', from),
    ...term('before', until),
    ...term('text', text),
    ...parseSearchText(q),
  ]
}

const term = (key: Term['key'], value: string | undefined): Search =>
  value === undefined ? [] : [createTerm(key, value)]

function parseSearchText(q = ''): Search {
  const { terms, errors } = parseSearch(q, Date.now())
  if (errors.length > 0) throw invalidSearch(errors)
  return terms
}

export const invalidSearch = (errors: readonly SearchError[]) =>
  new Problem('invalid-query', errors.map(({ message }) => message).join(' '), {
    errors: errors.map(mistake => ({ path: 'query.q', ...mistake })),
  })

export const exchangeRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, { journal }) => {
  register(app, 'listExchanges', operations.listExchanges, async ({ query, signal }) => {
    const { items, ...rest } = await journal.page({
      search: toSearch(query),
      ...toPageRequest(query),
      bodies: 'errors',
      signal,
    })
    return { items: items.map(viewExchange), ...rest }
  })

  register(app, 'countExchanges', operations.countExchanges, async ({ query, signal }) => {
    let count = 0
    for await (const exchanges of journal.batches({ search: toSearch(query), bodies: 'none', signal })) {
      count += exchanges.length
      if (count > maxCounted) break
    }
    return { count: Math.min(count, maxCounted), complete: count <= maxCounted }
  })

  register(app, 'getExchange', operations.getExchange, async ({ params }) =>
    viewExchangeDetail(await requireExchange(journal, params.id)),
  )
}

/** The exchange with this ID, or the only one whose ID begins with it. */
export async function requireExchange(journal: Journal, id: string): Promise<Exchange> {
  const exchange =
    (await journal.find(id)) ?? (await findByBeginning('requests', id, journal.idsFrom, journal.find))
  if (exchange) return exchange
  const missing = missingBecause(id, await journal.oldest(), Date.now())
  const reason = missing === 'lost' ? mayBeLost : 'Old requests are deleted.'
  throw new Problem(
    'not-found',
    `The journal has no request "${id}". ${reason} GET /api/v1/exchanges lists the stored ones.`,
    { ...(missing && { missing }) },
  )
}

const mayBeLost =
  'It is newer than the oldest stored request: a crash may have lost it (its changes are stored), or a reset deleted it. Requests without valid credentials are deleted earlier.'

const json = 'application/json; charset=utf-8'

const writers: Readonly<
  Record<
    ExchangeFormat,
    {
      readonly mediaType: string
      readonly file: (id: string) => string
      readonly write: (exchange: Exchange, source: ExportSource) => string
    }
  >
> = {
  curl: {
    mediaType: 'text/plain; charset=utf-8',
    file: id => `${id}.sh`,
    write: toCurl,
  },
  aws: {
    mediaType: 'text/plain; charset=utf-8',
    file: id => `${id}.sh`,
    write: (exchange, source) => toAwsCli(exchange, source) ?? noAwsCommand(),
  },
  fixture: { mediaType: json, file: id => `${id}.json`, write: toFixture },
  har: {
    mediaType: json,
    file: id => `${id}.har`,
    write: (exchange, source) => harHeader(source) + harEntry(exchange, source) + harFooter,
  },
  cloudtrail: {
    mediaType: json,
    file: id => `${id}.cloudtrail.json`,
    write: toTrail,
  },
}

const noAwsCommand = (): never => {
  throw new Problem('invalid-request', 'The AWS CLI has no command for this request. Use another format.')
}

const attachment = (file: string) => `attachment; filename="${file}"`

export const exchangeExportRoutes: FastifyPluginAsync<ConsoleDeps> = async (
  app,
  { journal, tenants, scimBase, aws, version },
) => {
  const source = (): ExportSource => ({
    scimBase: scimBase(),
    awsBase: aws.url,
    region: aws.region,
    version,
    ownerOf: tenants.find,
  })

  register(app, 'exportExchanges', operations.exportExchanges, ({ query, signal }, reply) => {
    const { format } = query
    const search = toSearch(query)
    if (format === 'recording') {
      const tenant = recordedTenant(tenants, search)
      reply.type(recordingMediaType)
      reply.header('content-disposition', attachment(recordingFile))
      return reply.send(Readable.from(exportRecording(journal, { search, signal }, { tenant, version })))
    }
    reply.type(journalMediaTypes[format])
    reply.header('content-disposition', attachment(journalFiles[format]))
    return reply.send(Readable.from(exportJournal(journal, { search, signal }, format, source())))
  })

  register(app, 'exportExchange', operations.exportExchange, async ({ params, query }, reply) => {
    const exchange = await requireExchange(journal, params.id)
    const { mediaType, file, write } = writers[query.format]
    reply.type(mediaType)
    reply.header('content-disposition', attachment(file(exchange.id)))
    return reply.send(write(exchange, source()))
  })
}

function recordedTenant(tenants: TenantStore, search: Search): Tenant {
  const named = search.find(({ key, not }) => key === 'tenant' && !not)?.value
  const found = tenants.list().filter(({ id }) => named === undefined || id === named)
  const [only] = found
  if (only && found.length === 1) return only
  throw new Problem(
    'invalid-query',
    named === undefined
      ? 'A recording has the requests to one tenant. Add tenant:ID to the search.'
      : `There is no tenant "${named}".`,
  )
}

export const replayRoutes: FastifyPluginAsync<ConsoleDeps> = async (app, deps) => {
  const { tenants, journal, send } = deps
  register(app, 'replayExchange', operations.replayExchange, async ({ params, body, require }) => {
    const exchange = await requireExchange(journal, params.id)
    const tenant = replayTenant(tenants, exchange)
    const found = toReplayRequest(exchange)
    if ('reason' in found) throw cannotReplay(found.reason)
    if (isDeletion(exchange)) require('destroy', 'The request deletes a resource.')
    const rights =
      body?.as === 'console' ? { access: 'full' as const } : await rightsOfCaller(exchange, tenant, deps)
    if ('reason' in rights) throw callerNotValid(rights.reason)
    let replay = ''
    const token = tenants.openInternalToken(tenant.id, {
      replayOf: exchange.id,
      access: rights.access,
      onAdmitted: id => {
        replay = id
      },
    })
    try {
      const { request } = found
      const headers = { ...request.headers, authorization: `Bearer ${token.text}` }
      // A fault may cut the connection: then only the journal has the status.
      const received = await send({ ...request, headers }).then(
        ({ status }) => status,
        () => undefined,
      )
      const status = received ?? (await journal.find(replay))?.status
      if (replay === '' || status === undefined)
        throw cannotReplay('It was sent again, but no response arrived in time.')
      return { exchange: replay, status }
    } finally {
      token.close()
    }
  })
}

const callerNotValid = (reason: string) =>
  new Problem(
    'caller-not-valid',
    `${reason} Nothing was sent. To send the request with full rights, replay it as console.`,
  )

const cannotReplay = (reason: string) => new Problem('cannot-replay', reason)

function replayTenant(tenants: TenantStore, { tenant: id }: Exchange): Tenant {
  if (id === undefined) throw cannotReplay('It belongs to no tenant.')
  const tenant = tenants.find(id)
  if (!tenant) throw cannotReplay(`Its tenant "${id}" no longer exists.`)
  requireWritable(tenant)
  return tenant
}
