import { z } from 'zod'
import { timestamp, toIsoTime } from '../../contract/operation.ts'
import type { Exchange } from '../../journal/exchange.ts'
import type { HistoryEntry, Identity } from '../../ports/directory.ts'
import type { Journal } from '../../ports/journal.ts'
import { type Difference, differencesBetween } from '../../scim/differences.ts'
import { resourceFromDocument } from '../../scim/document.ts'
import type { RelatedResource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'

export const causeSchema = z
  .object({
    action: z.string().meta({ description: 'What the client did, in plain words.', example: 'disable user' }),
    token: z.string().optional().meta({
      description: 'The ending of the token it used; absent where the token is too short to show one.',
      example: 'x7Q=',
    }),
    replay: z.literal(true).optional().meta({ description: 'The console had sent the request again.' }),
  })
  .meta({ id: 'Cause', description: 'What caused a change, as long as the journal knows its exchange.' })

export type Cause = z.output<typeof causeSchema>

/** The causes of changes that are still in the journal, by the ids of their exchanges. */
export async function findCauses(
  journal: Journal,
  changes: readonly { readonly exchange?: string }[],
): Promise<ReadonlyMap<string, Cause>> {
  const ids = new Set(changes.flatMap(({ exchange }) => exchange ?? []))
  const found = await Promise.all([...ids].map(id => journal.find(id)))
  return new Map(found.flatMap(exchange => (exchange ? [[exchange.id, toCause(exchange)] as const] : [])))
}

const toCause = ({ action, token, replayOf }: Exchange): Cause => ({
  action,
  ...(token && token.ending !== '' && { token: token.ending }),
  ...(replayOf !== undefined && { replay: true as const }),
})

export const differenceSchema = z
  .object({
    path: z.string().meta({ description: 'As PATCH would name it.', example: 'name.givenName' }),
    kind: z.enum(['added', 'removed', 'changed']),
    before: z.unknown().optional().meta({ description: 'Absent for what was added.', example: 'Anna' }),
    after: z.unknown().optional().meta({ description: 'Absent for what was removed.', example: 'Anne' }),
  })
  .meta({ id: 'Difference', description: 'What is different at one place of a resource.' })

export const viewDifference = (difference: Difference): z.output<typeof differenceSchema> => ({
  ...difference,
})

export const statusSchema = z.enum(['active', 'disabled', 'retained', 'removed']).meta({
  description:
    '`retained`: its client deleted it, and a disabled record is kept until it is purged. `removed`: nothing but history is left.',
  example: 'active',
})

export const relatedSchema = z
  .object({
    id: z.string(),
    type: z.string().optional().meta({
      description: 'The type of the resource; absent when no such resource exists.',
      example: 'User',
    }),
    display: z.string().optional().meta({ example: 'Anna Berg' }),
  })
  .meta({ id: 'Related', description: 'A group, or the member of one.' })

const documentSchema = z.record(z.string(), z.unknown()).meta({
  description: 'The SCIM resource, without `meta` and without members or groups.',
})

export const exchangeId = z.string().optional().meta({
  description: 'The exchange that did it: GET /api/v1/exchanges/{id}. Absent for what the console did.',
})

const identityFields = {
  id: z.string().meta({ example: '94482488-5041-7061-1b47-c0e0b6b2a1f8' }),
  type: z.string().meta({ example: 'User' }),
  status: statusSchema,
  label: z.string().meta({ description: 'What clients call it by.', example: 'anna@example.com' }),
  display: z.string().meta({ description: 'What people call it.', example: 'Anna Berg' }),
  versions: z.int().meta({ description: 'The number of versions in its history.', example: 3 }),
  firstSeen: timestamp("Its creation, by the tenant's clock."),
  lastWritten: timestamp("Its last change, by the tenant's clock."),
  lastSeen: timestamp("The last request about it, by the tenant's clock."),
  groups: z.array(relatedSchema).meta({ description: 'The groups it is in, or was in when it was deleted.' }),
  origin: z
    .object({ exchange: z.string(), cause: causeSchema.optional() })
    .optional()
    .meta({ description: 'The exchange that made it, and what the journal knows of it.' }),
  deleted: z
    .object({ at: timestamp("When its client deleted it, by the tenant's clock."), exchange: exchangeId })
    .optional(),
  predecessor: z.string().optional().meta({ description: 'The id of the earlier one of the same name.' }),
  successor: z.string().optional().meta({ description: 'The id of the later one of the same name.' }),
}

export const identitySchema = z
  .object(identityFields)
  .meta({ id: 'Identity', description: 'A user or a group, also one that its client has deleted.' })

export const identityWithDocumentSchema = z
  .object({ ...identityFields, document: documentSchema.optional() })
  .meta({
    id: 'IdentityWithDocument',
    description: 'A user or a group, with its SCIM resource unless it is removed.',
  })

export const historyEntrySchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('version'),
      version: z.int(),
      action: z.enum(['created', 'changed', 'deleted', 'purged']),
      at: timestamp("By the tenant's clock."),
      exchange: exchangeId,
      cause: causeSchema.optional(),
      document: documentSchema.optional(),
      differences: z.array(differenceSchema).meta({
        description:
          'Against the version before; all of it for the first one, nothing where only memberships changed.',
      }),
    }),
    z.object({
      kind: z.literal('membership'),
      event: z.enum(['added', 'removed']),
      at: timestamp("By the tenant's clock."),
      exchange: exchangeId,
      cause: causeSchema.optional(),
      group: relatedSchema,
      member: relatedSchema,
    }),
  ])
  .meta({ id: 'HistoryEntry', description: 'One change of an identity or of its memberships.' })

export const viewRelated = ({ id, type, display }: RelatedResource): z.output<typeof relatedSchema> => ({
  id,
  ...(type !== undefined && { type }),
  ...(display !== undefined && { display }),
})

const parseStoredDocument = (document: string): Record<string, unknown> => JSON.parse(document)

/** The causes of changes, by the ids of their exchanges. */
type Causes = ReadonlyMap<string, Cause>

/** An identity without its document. */
export const viewIdentity = (
  identity: Identity,
  causes: Causes = new Map(),
): z.output<typeof identitySchema> => ({
  id: identity.id,
  type: identity.type,
  status: identity.status,
  label: identity.label,
  display: identity.display,
  versions: identity.versions,
  firstSeen: toIsoTime(identity.firstSeen),
  lastWritten: toIsoTime(identity.lastWritten),
  lastSeen: toIsoTime(identity.lastSeen),
  groups: identity.groups.map(viewRelated),
  ...(identity.origin !== undefined && { origin: viewOrigin(identity.origin, causes) }),
  ...viewDeletion(identity.deleted),
  ...(identity.predecessor !== undefined && { predecessor: identity.predecessor }),
  ...(identity.successor !== undefined && { successor: identity.successor }),
})

function viewOrigin(exchange: string, causes: Causes) {
  const cause = causes.get(exchange)
  return { exchange, ...(cause && { cause }) }
}

const exchangeField = ({ exchange }: { readonly exchange?: string }) =>
  exchange === undefined ? {} : { exchange }

export const viewDeletion = (deleted: Identity['deleted']) =>
  deleted ? { deleted: { at: toIsoTime(deleted.at), ...exchangeField(deleted) } } : {}

const documentField = ({ document }: { readonly document?: string }) =>
  document === undefined ? {} : { document: parseStoredDocument(document) }

export const viewIdentityWithDocument = (
  identity: Identity,
  causes: Causes,
): z.output<typeof identityWithDocumentSchema> => ({
  ...viewIdentity(identity, causes),
  ...documentField(identity),
})

/** What a change of a resource of the type was, with its cause where that is known. */
export function viewHistoryEntry(
  type: ResourceType,
  entry: HistoryEntry,
  causes: ReadonlyMap<string, Cause>,
): z.output<typeof historyEntrySchema> {
  const cause = causes.get(entry.exchange ?? '')
  const shared = { at: toIsoTime(entry.at), ...exchangeField(entry), ...(cause && { cause }) }
  switch (entry.kind) {
    case 'version': {
      const { kind, version, action } = entry
      const differences = versionDifferences(type, entry)
      return { kind, version, action, ...shared, ...documentField(entry), differences }
    }
    case 'membership': {
      const { kind, event, group, member } = entry
      return { kind, event, ...shared, group: viewRelated(group), member: viewRelated(member) }
    }
  }
}

/** A deletion takes everything, which needs no telling. */
const versionDifferences = (
  type: ResourceType,
  { document, before }: Extract<HistoryEntry, { kind: 'version' }>,
) =>
  document === undefined
    ? []
    : differencesBetween(
        type,
        before === undefined ? undefined : resourceFromDocument({ document: before }),
        resourceFromDocument({ document }),
      ).map(viewDifference)
