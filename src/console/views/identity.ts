import type {
  Cause,
  Difference,
  HistoryEntry,
  Identity,
  IdentityDetail,
  Member,
  RelatedResource,
} from '../../domain/contract/identities.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import { type Missing, missingBecause } from '../../domain/journal/request-id.ts'
import type {
  Directory,
  HistoryEntry as StoredHistoryEntry,
  Identity as StoredIdentity,
  Member as StoredMember,
} from '../../domain/ports/directory.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import type { TenantStore } from '../../domain/tenants/tenant.ts'
import type { Explanation } from '../../insight/analysis/explanation/explanation.ts'
import { differencesBetween } from '../../scim/differences.ts'
import { resourceFromDocument } from '../../scim/document.ts'
import { compact } from '../../scim/json.ts'
import type { RelatedResource as StoredRelatedResource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'

type FoundCause = { readonly cause: Cause } | { readonly missing?: Missing }

/** The causes of changes, by the ids of their exchanges. */
export async function findCauses(
  journal: Pick<Journal, 'find' | 'oldest'>,
  changes: readonly { readonly exchange?: string }[],
): Promise<Causes> {
  const ids = [...new Set(changes.flatMap(({ exchange }) => exchange ?? []))]
  const found = await Promise.all(ids.map(id => journal.find(id)))
  const oldest = found.includes(undefined) ? await journal.oldest() : undefined
  const now = Date.now()
  return new Map(
    ids.map((id, at): [string, FoundCause] => {
      const exchange = found[at]
      return [
        id,
        exchange ? { cause: toCause(exchange) } : compact({ missing: missingBecause(id, oldest, now) }),
      ]
    }),
  )
}

const toCause = ({ action, token, apiOperation, replayOf }: Exchange): Cause => ({
  action,
  ...(apiOperation !== undefined && { operation: apiOperation }),
  ...(token && token.ending !== '' && { token: token.ending }),
  ...(replayOf !== undefined && { replay: true as const }),
})

export const viewRelated = ({ id, type, display }: StoredRelatedResource): RelatedResource => ({
  id,
  ...compact({ type, display }),
})

export const viewMember = (member: StoredMember, causes: Causes): Member => ({
  ...viewRelated(member),
  joined: toIsoTime(member.joined),
  ...exchangeField(member),
  ...(member.via && { via: { ...member.via } }),
  ...causes.get(member.exchange ?? ''),
})

const parseStoredDocument = (document: string): Record<string, unknown> => JSON.parse(document)

type Causes = ReadonlyMap<string, FoundCause>

export const viewIdentity = (
  identity: StoredIdentity,
  causes: Causes = new Map(),
  members?: number,
): Identity => ({
  id: identity.id,
  type: identity.type,
  status: identity.status,
  label: identity.label,
  display: identity.display,
  revisions: identity.versions,
  created: toIsoTime(identity.firstSeen),
  lastModified: toIsoTime(identity.lastWritten),
  lastSeen: toIsoTime(identity.lastSeen),
  groups: identity.groups.map(viewRelated),
  ...compact({ members }),
  ...(identity.origin !== undefined && { origin: viewOrigin(identity.origin, causes) }),
  ...viewDeletion(identity.deleted),
  ...compact({ predecessor: identity.predecessor, successor: identity.successor }),
})

const viewOrigin = (exchange: string, causes: Causes) => ({ exchange, ...causes.get(exchange) })

const exchangeField = ({ exchange }: { readonly exchange?: string }) =>
  exchange === undefined ? {} : { exchange }

export const viewDeletion = (deleted: StoredIdentity['deleted']) =>
  deleted ? { deleted: { at: toIsoTime(deleted.at), ...exchangeField(deleted) } } : {}

const documentField = ({ document }: { readonly document?: string }) =>
  document === undefined ? {} : { document: parseStoredDocument(document) }

export const viewIdentityDetail = (
  identity: StoredIdentity,
  causes: Causes,
  members?: number,
): IdentityDetail => ({
  ...viewIdentity(identity, causes, members),
  ...documentField(identity),
})

export function viewHistoryEntry(
  type: ResourceType,
  entry: StoredHistoryEntry,
  causes: Causes,
): HistoryEntry {
  const { via } = entry
  const shared = {
    at: toIsoTime(entry.at),
    ...exchangeField(entry),
    ...(via && { via: { ...via } }),
    ...causes.get(entry.exchange ?? ''),
  }
  switch (entry.kind) {
    case 'version': {
      const { version, action } = entry
      return {
        kind: 'revision',
        revision: version,
        action: action === 'changed' ? 'modified' : action,
        ...shared,
        ...documentField(entry),
        differences: revisionDifferences(type, entry),
      }
    }
    case 'membership': {
      const { kind, event, group, member } = entry
      return { kind, event, ...shared, group: viewRelated(group), member: viewRelated(member) }
    }
  }
}

function revisionDifferences(
  type: ResourceType,
  { document, before }: Extract<StoredHistoryEntry, { kind: 'version' }>,
): Difference[] {
  if (document === undefined) return []
  const previous = before === undefined ? undefined : resourceFromDocument({ document: before })
  return [...differencesBetween(type, previous, resourceFromDocument({ document }))]
}

type NameDeps = {
  readonly tenants: Pick<TenantStore, 'find'>
  readonly directory: Pick<Directory, 'findLabel'>
}

/** More ids than these keep their form: each needs a look-up. */
const maxNames = 50

const referencedTypes = ['User', 'Group']

export async function findNames(
  { tenants, directory }: NameDeps,
  exchange: Exchange,
  explanation: Pick<Explanation, 'operations' | 'resources'>,
): Promise<Readonly<Record<string, string>>> {
  const tenant = tenants.find(exchange.tenant ?? '')
  if (!tenant) return {}
  const { operations, resources } = explanation
  const differences = [...operations, ...resources].flatMap(one => one.differences)
  return nameIds(directory, tenant.key, valuesOf(differences))
}

type Changed = { readonly before?: unknown; readonly after?: unknown }

export const valuesOf = (differences: readonly Changed[]): readonly unknown[] =>
  differences.flatMap(({ before, after }) => [before, after])

export async function nameIds(
  directory: NameDeps['directory'],
  tenant: number,
  values: readonly unknown[],
): Promise<Readonly<Record<string, string>>> {
  const ids = [...new Set(values.filter(value => typeof value === 'string' && isId(value)) as string[])]
  const found = await Promise.all(
    ids.slice(0, maxNames).map(async id => [id, await findName(directory, tenant, id)] as const),
  )
  return Object.fromEntries(found.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Ids are UUIDs, on AWS with a prefix of the identity store. */
const isId = (value: string): boolean =>
  /^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)

async function findName(
  directory: NameDeps['directory'],
  tenant: number,
  id: string,
): Promise<string | undefined> {
  for (const type of referencedTypes) {
    const label = await directory.findLabel(tenant, type, id)
    if (label !== undefined) return label
  }
  return undefined
}
