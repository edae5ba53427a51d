import { hash } from 'node:crypto'
import { escapeHtml } from '../../domain/client-text.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import {
  type SessionBlock,
  type SessionFacts,
  type SessionItems,
  type SessionResource,
  sessionFormat,
} from '../../domain/contract/session-file.ts'
import { sharedSlices } from '../../domain/event-loop/slices.ts'
import type { Search } from '../../domain/journal/search/parse.ts'
import type { SetupStep } from '../../domain/ports/analysis.ts'
import type { Page, PageRequest } from '../../domain/ports/directory.ts'
import { machineNow, type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import { compact } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { embeddableJson, plainBlock, writeBlock } from '../../traffic/session-file.ts'
import type { ConsoleDeps } from '../deps.ts'
import { currentCycleState, viewCycle } from '../views/cycle.ts'
import { viewExchangeDetail } from '../views/exchange.ts'
import { viewFindings } from '../views/finding.ts'
import { viewHistoryEntry, viewIdentityDetail } from '../views/identity.ts'

export type SessionScope = {
  readonly tenant: Tenant
  readonly types: readonly ResourceType[]
  readonly search: Search
  readonly q: string | undefined
  readonly headline: string
  /** The name of a failed test. */
  readonly test: string | undefined
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
  yield sessionHead(scope, viewer)
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
  { tenant, types, q, headline, test }: SessionScope,
  { version, analysis }: SessionDeps,
): Promise<SessionFacts> {
  const now = Date.now()
  const { declared, imported } = tenant
  return {
    format: sessionFormat,
    tenant: tenant.id,
    profile: tenant.settings.profile,
    exported: toIsoTime(machineNow(tenant, now)),
    tenantTime: toIsoTime(tenantNow(tenant, now)),
    version,
    ...compact({ q, headline, test }),
    types: types.map(({ name, endpoint }) => ({ name, plural: endpoint.slice(1) })),
    onDelete: tenant.settings.onDelete,
    throttle: tenant.settings.throttle,
    switches: { ...tenant.settings.switches },
    declared: { schemas: [...declared.schemas], resourceTypes: [...declared.resourceTypes] },
    setup: (await analysis.setupSteps(tenant.id)).map(viewSetupStep),
    ...(imported && { imported: { ...imported, applications: [...imported.applications] } }),
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

export type SessionViewer = { readonly script: string; readonly style: string }

const sourceOf = (text: string): string => `'sha256-${hash('sha256', text, 'base64')}'`

const policyOf = ({ script, style }: SessionViewer): string =>
  [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `script-src ${sourceOf(script)}`,
    `style-src ${sourceOf(style)}`,
    "require-trusted-types-for 'script'",
  ].join('; ')

export const sessionHead = (
  {
    tenant,
    headline,
    test,
  }: Pick<SessionScope, 'headline' | 'test'> & {
    readonly tenant: Pick<Tenant, 'id'>
  },
  viewer: SessionViewer,
): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${policyOf(viewer)}">
<title>${escapeHtml(test ?? tenant.id)} · Scimulator session</title>
<meta name="description" content="${escapeHtml(headline)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>${viewer.style}</style>
</head>
<body>
<div id="app"><p>If this text remains, the file is incomplete or the browser does not run its script. Export it again.</p></div>
`

/** The viewer comes last: it does not start in an incomplete file. */
export const sessionTail = ({ script }: SessionViewer): string =>
  `<script type="module">${script}</script>\n</body>\n</html>\n`

type Change = SessionResource['history'][number]

type OriginalItems = {
  readonly [Name in Exclude<SessionBlock, 'resources'>]: (item: SessionItems[Name]) => SessionItems[Name]
} & {
  readonly resource: (resource: SessionResource['resource']) => SessionResource['resource']
  readonly change: (change: Change) => Change
}

function originalItems({ session }: Tenant): OriginalItems {
  if (!session || session.kind === 'import') return unchanged
  const { tenant, prefix } = session
  const original = (id: string) => (id.startsWith(prefix) ? id.slice(prefix.length) : id)
  const optional = (id: string | undefined) => (id === undefined ? undefined : original(id))
  return {
    session: facts => ({
      ...facts,
      tenant,
      exported: toIsoTime(session.exported),
      tenantTime: toIsoTime(session.tenantTime),
      version: session.version,
      ...compact({ q: [session.q, facts.q].filter(Boolean).join(' ') || undefined }),
      setup: facts.setup.map(step => ({ ...step, ...compact({ exchange: optional(step.exchange) }) })),
    }),
    requests: request => ({
      ...request,
      id: original(request.id),
      ...(request.tenant !== undefined && { tenant }),
      ...compact({
        parent: optional(request.parent),
        replayOf: optional(request.replayOf),
        cycle: optional(request.cycle),
      }),
    }),
    cycles: cycle => ({ ...cycle, id: original(cycle.id), tenant }),
    findings: group => ({
      ...group,
      tenant,
      trend: group.trend.map(point => ({ ...point, cycle: original(point.cycle) })),
      evidence: group.evidence.map(one => ({ ...one, exchange: original(one.exchange) })),
    }),
    observations: ({ exchange, findings }) => ({ exchange: original(exchange), findings }),
    resource: resource => ({
      ...resource,
      ...(resource.origin && {
        origin: { ...resource.origin, exchange: original(resource.origin.exchange) },
      }),
      ...(resource.deleted && {
        deleted: { ...resource.deleted, ...compact({ exchange: optional(resource.deleted.exchange) }) },
      }),
    }),
    change: change => ({ ...change, ...compact({ exchange: optional(change.exchange) }) }),
  }
}

const same = <Item>(item: Item): Item => item

const unchanged: OriginalItems = {
  session: same,
  requests: same,
  cycles: same,
  findings: same,
  observations: same,
  resource: same,
  change: same,
}
