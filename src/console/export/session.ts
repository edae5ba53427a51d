import { toIsoTime } from '../../contract/operation.ts'
import { type SessionBlock, type SessionItems, sessionFormat } from '../../contract/session-items.ts'
import { sharedSlices } from '../../event-loop/slices.ts'
import type { Search } from '../../journal/search/parse.ts'
import type { SetupStep } from '../../ports/analysis.ts'
import type { Page, PageRequest } from '../../ports/directory.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { type Tenant, tenantNow } from '../../tenants/tenant.ts'
import type { ConsoleDeps } from '../deps.ts'
import { currentCycleState, viewCycle } from '../views/cycle.ts'
import { viewExchangeDetail } from '../views/exchange.ts'
import { viewFindings } from '../views/finding.ts'
import { viewHistoryEntry, viewIdentityDetail } from '../views/identity.ts'
import { originalItems } from './original-items.ts'
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

export type SessionDeps = Pick<
  ConsoleDeps,
  'journal' | 'directory' | 'analysis' | 'tenants' | 'version' | 'sampleRuns'
>

/** The session of a tenant as an HTML file, newest items first. Reads the next items on demand, in slices. */
export async function* exportSession(
  scope: SessionScope,
  viewer: SessionViewer,
  deps: SessionDeps,
): AsyncGenerator<string> {
  yield sessionHead(scope.tenant.id, viewer)
  const original = originalItems(scope.tenant)
  yield* writeBlocks('session', sessionFacts(scope, deps), original.session, scope)
  yield* writeBlocks('requests', requests(scope, deps), original.requests, scope)
  yield* writeBlocks('cycles', cycles(scope, deps), original.cycles, scope)
  yield* writeBlocks('findings', findings(scope, deps), original.findings, scope)
  yield* writeBlocks('observations', observations(scope, deps), original.observations, scope)
  yield* writeBlocks('resources', resources(scope, deps), original.resources, scope)
  yield sessionTail(viewer)
}

/** Characters of a block: a browser parses one at a time. */
const blockLength = 256 * 1024

async function* writeBlocks<Name extends SessionBlock>(
  name: Name,
  items: AsyncIterable<SessionItems[Name]>,
  toOriginal: (item: SessionItems[Name]) => SessionItems[Name],
  { signal }: Pick<SessionScope, 'signal'>,
): AsyncGenerator<string> {
  let texts: string[] = []
  let length = 0
  for await (const item of items) {
    const text = embeddableJson(toOriginal(item))
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

async function* sessionFacts(
  { tenant, types, q }: SessionScope,
  { version, analysis }: SessionDeps,
): Items<'session'> {
  const now = Date.now()
  const { declared } = tenant
  yield {
    format: sessionFormat,
    tenant: tenant.id,
    profile: tenant.settings.profile,
    exported: toIsoTime(now),
    tenantTime: toIsoTime(tenantNow(tenant, now)),
    version,
    ...(q !== undefined && { q }),
    types: types.map(({ name, endpoint }) => ({ name, plural: endpoint.slice(1) })),
    onDelete: tenant.settings.onDelete,
    throttle: tenant.settings.throttle,
    switches: { ...tenant.settings.switches },
    declared: { schemas: [...declared.schemas], resourceTypes: [...declared.resourceTypes] },
    setup: (await analysis.setupSteps(tenant.id)).map(viewSetupStep),
  }
}

const viewSetupStep = ({ at, tenantTime, ...step }: SetupStep): SessionItems['session']['setup'][number] => ({
  ...step,
  ...(at !== undefined && { at: toIsoTime(at) }),
  tenantTime: toIsoTime(tenantTime),
})

async function* requests({ search, signal }: SessionScope, { journal }: SessionDeps): Items<'requests'> {
  for await (const exchanges of journal.batches({ search, signal })) yield* exchanges.map(viewExchangeDetail)
}

async function* cycles({ tenant }: SessionScope, deps: SessionDeps): Items<'cycles'> {
  for await (const cycle of allItems(page => deps.analysis.cycles({ ...page, tenant: tenant.id }))) {
    yield viewCycle(cycle, await currentCycleState(cycle, deps))
  }
}

async function* findings({ tenant }: SessionScope, { analysis }: SessionDeps): Items<'findings'> {
  yield* (await analysis.findings(tenant.id)).flatMap(group => viewFindings(group))
}

/** The findings about each request that has some. */
async function* observations(
  { search, signal }: SessionScope,
  { journal, analysis }: SessionDeps,
): Items<'observations'> {
  for await (const exchanges of journal.batches({ search, signal })) {
    for (const { id, notes } of exchanges) {
      if ((notes?.findings.length ?? 0) === 0) continue
      const findings = await analysis.findingsAbout(id)
      yield { exchange: id, findings: findings.map(finding => ({ ...finding })) }
    }
  }
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
