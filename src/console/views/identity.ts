import type {
  Cause,
  Difference,
  HistoryEntry,
  Identity,
  IdentityDetail,
  Member,
  RelatedResource,
} from '../../contract/identities.ts'
import { toIsoTime } from '../../contract/operation.ts'
import type { Exchange } from '../../journal/exchange.ts'
import type {
  HistoryEntry as StoredHistoryEntry,
  Identity as StoredIdentity,
  Member as StoredMember,
} from '../../ports/directory.ts'
import type { Journal } from '../../ports/journal.ts'
import { differencesBetween } from '../../scim/differences.ts'
import { resourceFromDocument } from '../../scim/document.ts'
import { compact } from '../../scim/json.ts'
import type { RelatedResource as StoredRelatedResource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'

/** The causes of changes that are still in the journal, by the ids of their exchanges. */
export async function findCauses(
  journal: Journal,
  changes: readonly { readonly exchange?: string }[],
): Promise<ReadonlyMap<string, Cause>> {
  const ids = new Set(changes.flatMap(({ exchange }) => exchange ?? []))
  const found = await Promise.all([...ids].map(id => journal.find(id)))
  return new Map(found.flatMap(exchange => (exchange ? [[exchange.id, toCause(exchange)] as const] : [])))
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

/** A member with how it joined its group, and the cause where that is known. */
export const viewMember = (member: StoredMember, causes: Causes): Member => ({
  ...viewRelated(member),
  joined: toIsoTime(member.joined),
  ...exchangeField(member),
  ...(member.via && { via: { ...member.via } }),
  ...compact({ cause: causes.get(member.exchange ?? '') }),
})

const parseStoredDocument = (document: string): Record<string, unknown> => JSON.parse(document)

/** The causes of changes, by the ids of their exchanges. */
type Causes = ReadonlyMap<string, Cause>

/** An identity without its document. `members`: the number of its members. */
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

function viewOrigin(exchange: string, causes: Causes) {
  const cause = causes.get(exchange)
  return { exchange, ...compact({ cause }) }
}

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

/** What a change of a resource of the type was, with its cause where that is known. */
export function viewHistoryEntry(
  type: ResourceType,
  entry: StoredHistoryEntry,
  causes: Causes,
): HistoryEntry {
  const cause = causes.get(entry.exchange ?? '')
  const { via } = entry
  const shared = {
    at: toIsoTime(entry.at),
    ...exchangeField(entry),
    ...(via && { via: { ...via } }),
    ...compact({ cause }),
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

/** What a revision changed; nothing for a deletion, which removes everything. */
function revisionDifferences(
  type: ResourceType,
  { document, before }: Extract<StoredHistoryEntry, { kind: 'version' }>,
): Difference[] {
  if (document === undefined) return []
  const previous = before === undefined ? undefined : resourceFromDocument({ document: before })
  return [...differencesBetween(type, previous, resourceFromDocument({ document }))]
}
