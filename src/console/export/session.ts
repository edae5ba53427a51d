import { toIsoTime } from '../../contract/operation.ts'
import type { SessionBlock, SessionItems } from '../../contract/session-file.ts'
import { sharedSlices } from '../../event-loop/slices.ts'
import type { Search } from '../../journal/search/parse.ts'
import type { Page, PageRequest } from '../../ports/directory.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { type Tenant, tenantNow } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { currentCycleState, viewCycle } from '../views/cycle.ts'
import { viewExchangeDetail } from '../views/exchange.ts'
import { viewFindings } from '../views/finding.ts'
import { viewHistoryEntry, viewIdentityDetail } from '../views/identity.ts'
import { embeddableJson, type SessionViewer, sessionBlock, sessionHead, sessionTail } from './session-page.ts'

/** What is exported. */
export type SessionScope = {
  readonly tenant: Tenant
  readonly types: readonly ResourceType[]
  /** The search of the requests, and its text. */
  readonly search: Search
  readonly q: string | undefined
  /** Ends the export. */
  readonly signal: AbortSignal
}

export type SessionDeps = Pick<ConsoleDeps, 'journal' | 'directory' | 'analysis' | 'tenants' | 'version'>

/** The session of a tenant as an HTML file, newest items first. Reads the next items on demand, in slices. */
export async function* exportSession(
  scope: SessionScope,
  viewer: SessionViewer,
  deps: SessionDeps,
): AsyncGenerator<string> {
  yield sessionHead(scope.tenant.id, viewer)
  yield* writeBlocks('session', sessionFacts(scope, deps), scope)
  yield* writeBlocks('requests', requests(scope, deps), scope)
  yield* writeBlocks('cycles', cycles(scope, deps), scope)
  yield* writeBlocks('findings', findings(scope, deps), scope)
  yield* writeBlocks('resources', resources(scope, deps), scope)
  yield sessionTail(viewer)
}

/** Characters of a block: a browser parses one at a time. */
const blockLength = 256 * 1024

async function* writeBlocks<Name extends SessionBlock>(
  name: Name,
  items: AsyncIterable<SessionItems[Name]>,
  { signal }: Pick<SessionScope, 'signal'>,
): AsyncGenerator<string> {
  let texts: string[] = []
  let length = 0
  for await (const item of items) {
    const text = embeddableJson(item)
    texts.push(text)
    length += text.length
    if (length >= blockLength) {
      yield sessionBlock(name, texts)
      texts = []
      length = 0
    }
    if (sharedSlices.isOver()) await sharedSlices.next(signal)
  }
  if (texts.length > 0) yield sessionBlock(name, texts)
}

type Items<Name extends SessionBlock> = AsyncGenerator<SessionItems[Name]>

async function* sessionFacts({ tenant, types, q }: SessionScope, { version }: SessionDeps): Items<'session'> {
  const now = Date.now()
  yield {
    tenant: tenant.id,
    profile: tenant.settings.profile,
    exported: toIsoTime(now),
    tenantTime: toIsoTime(tenantNow(tenant, now)),
    version,
    ...(q !== undefined && { q }),
    types: types.map(({ name, endpoint }) => ({ name, plural: endpoint.slice(1) })),
  }
}

async function* requests({ search, signal }: SessionScope, { journal }: SessionDeps): Items<'requests'> {
  for await (const exchanges of journal.batches({ search, signal })) yield* exchanges.map(viewExchangeDetail)
}

async function* cycles({ tenant }: SessionScope, deps: SessionDeps): Items<'cycles'> {
  for await (const cycle of allItems(page => deps.analysis.cycles({ ...page, tenant: tenant.id }))) {
    yield viewCycle(cycle, await currentCycleState(cycle, deps))
  }
}

async function* findings({ tenant }: SessionScope, { analysis }: SessionDeps): Items<'findings'> {
  yield* (await analysis.findings(tenant.id)).flatMap(viewFindings)
}

async function* resources(
  { tenant, types, signal }: SessionScope,
  { directory }: SessionDeps,
): Items<'resources'> {
  for (const type of types) {
    const identities = allItems(page => directory.identities(tenant.key, type.name, { ...page, signal }))
    for await (const identity of identities) {
      const history = []
      for await (const entry of allItems(page =>
        directory.history(tenant.key, type.name, identity.id, page),
      )) {
        // The file has the request itself.
        history.push(viewHistoryEntry(type, entry, new Map()))
        if (sharedSlices.isOver()) await sharedSlices.next(signal)
      }
      yield { resource: viewIdentityDetail(identity, new Map()), history }
    }
  }
}

/** Items of a page: the maximum of the API. */
const limit = 200

/** The items of all pages; none if the list does not exist. */
async function* allItems<Item>(
  read: (page: PageRequest) => Promise<Page<Item> | undefined>,
): AsyncGenerator<Item> {
  let cursor: string | undefined
  do {
    const page = await read({ limit, ...(cursor !== undefined && { cursor }) })
    yield* page?.items ?? []
    cursor = page?.next
  } while (cursor !== undefined)
}
