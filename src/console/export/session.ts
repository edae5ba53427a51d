import { toIsoTime } from '../../domain/contract/operation.ts'
import {
  type SessionBlock,
  type SessionFacts,
  type SessionItems,
  sessionFormat,
} from '../../domain/contract/session-file.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { Search } from '../../domain/journal/search/parse.ts'
import type { SetupStep } from '../../domain/ports/analysis.ts'
import type { Page, PageRequest } from '../../domain/ports/directory.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { embeddableJson, plainBlock, writeBlock } from '../../traffic/session-file/write-block.ts'
import type { ConsoleDeps } from '../deps.ts'
import { currentCycleState, viewCycle } from '../views/cycle.ts'
import { viewExchangeDetail } from '../views/exchange.ts'
import { viewFindings } from '../views/finding.ts'
import { viewHistoryEntry, viewIdentityDetail } from '../views/identity.ts'
import { type OriginalItems, originalItems } from './original-items.ts'
import { type SessionViewer, sessionHead, sessionTail } from './session-page.ts'

export type SessionScope = {
  readonly tenant: Tenant
  readonly types: readonly ResourceType[]
  readonly search: Search
  readonly q: string | undefined
  readonly signal: AbortSignal
}

export type SessionDeps = Pick<
  ConsoleDeps,
  'journal' | 'directory' | 'analysis' | 'tenants' | 'version' | 'sampleRuns'
>

/** Newest items first. Reads the next items on demand, in slices. */
export async function* exportSession(
  scope: SessionScope,
  viewer: SessionViewer,
  deps: SessionDeps,
): AsyncGenerator<string> {
  yield sessionHead(scope.tenant.id, viewer)
  const original = originalItems(scope.tenant)
  // Not compressed: versions that read JSON only find the format here, and report it.
  yield plainBlock('session', [`[${embeddableJson(original.session(await sessionFacts(scope, deps)))}]`])
  yield* writeBlocks('requests', textsOf(requests(scope, deps), original.requests), scope)
  yield* writeBlocks('cycles', textsOf(cycles(scope, deps), original.cycles), scope)
  yield* writeBlocks('findings', textsOf(findings(scope, deps), original.findings), scope)
  yield* writeBlocks('observations', textsOf(observations(scope, deps), original.observations), scope)
  yield* writeBlocks('resources', resourceTexts(scope, deps, original), scope)
  yield sessionTail(viewer)
}

/** Characters of a block: a browser parses one at a time. */
const blockLength = 256 * 1024

type ItemTexts = readonly string[]

async function* writeBlocks(
  name: SessionBlock,
  items: AsyncIterable<ItemTexts>,
  { signal }: Pick<SessionScope, 'signal'>,
): AsyncGenerator<string> {
  let texts: string[] = []
  let length = 0
  for await (const parts of items) {
    texts.push(texts.length === 0 ? '[' : ',\n')
    for (const part of parts) {
      texts.push(part)
      length += part.length
    }
    if (length >= blockLength) {
      yield* writeBlock(name, [...texts, ']'], signal)
      texts = []
      length = 0
    }
    if (sharedSlices.isOver()) await sharedSlices.next(signal)
  }
  if (texts.length > 0) yield* writeBlock(name, [...texts, ']'], signal)
}

async function* textsOf<Item>(
  items: AsyncIterable<Item>,
  toOriginal: (item: Item) => Item,
): AsyncGenerator<ItemTexts> {
  for await (const item of items) yield [embeddableJson(toOriginal(item))]
}

type Items<Name extends SessionBlock> = AsyncGenerator<SessionItems[Name]>

async function sessionFacts(
  { tenant, types, q }: SessionScope,
  { version, analysis }: SessionDeps,
): Promise<SessionFacts> {
  const now = Date.now()
  const { declared } = tenant
  return {
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

const viewSetupStep = ({ at, tenantTime, ...step }: SetupStep): SessionFacts['setup'][number] => ({
  ...step,
  ...(at !== undefined && { at: toIsoTime(at) }),
  tenantTime: toIsoTime(tenantTime),
})

async function* requests({ search, signal }: SessionScope, { journal }: SessionDeps): Items<'requests'> {
  for await (const exchanges of journal.batches({ search, signal })) {
    for (const exchange of exchanges) yield viewExchangeDetail(exchange)
  }
}

async function* cycles({ tenant }: SessionScope, deps: SessionDeps): Items<'cycles'> {
  for await (const cycle of allItems(page => deps.analysis.cycles({ ...page, tenant: tenant.id }))) {
    yield viewCycle(cycle, await currentCycleState(cycle, deps))
  }
}

async function* findings({ tenant }: SessionScope, { analysis }: SessionDeps): Items<'findings'> {
  yield* (await analysis.findings(tenant.id)).flatMap(group => viewFindings(group))
}

async function* observations(
  { search, signal }: SessionScope,
  { journal, analysis }: SessionDeps,
): Items<'observations'> {
  for await (const exchanges of journal.batches({ search, bodies: 'none', signal })) {
    for (const { id, notes } of exchanges) {
      if ((notes?.findings.length ?? 0) === 0) continue
      const findings = await analysis.findingsAbout(id)
      yield { exchange: id, findings: findings.map(finding => ({ ...finding })) }
    }
  }
}

/** A group can have a change for each of 100,000 members, so each one is written when it is read. */
async function* resourceTexts(
  { tenant, types, signal }: SessionScope,
  { directory }: SessionDeps,
  original: OriginalItems,
): AsyncGenerator<ItemTexts> {
  for (const type of types) {
    const identities = allItems(page => directory.identities(tenant.key, type.name, { ...page, signal }))
    for await (const identity of identities) {
      const resource = original.resource(viewIdentityDetail(identity, new Map()))
      const texts = [`{"resource":${embeddableJson(resource)},"history":[`]
      for await (const entry of allItems(page =>
        directory.history(tenant.key, type.name, identity.id, page),
      )) {
        const change = original.change(viewHistoryEntry(type, entry, new Map()))
        texts.push(texts.length === 1 ? embeddableJson(change) : `,${embeddableJson(change)}`)
        if (sharedSlices.isOver()) await sharedSlices.next(signal)
      }
      texts.push(']}')
      yield texts
    }
  }
}

/** Items of a page: the maximum of the API. */
const limit = 200

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
