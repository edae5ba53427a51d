import { type Column, record, table } from './table.ts'
import { printableJson, shortTime } from './words.ts'

export type RelatedAnswer = { readonly id: string; readonly type?: string; readonly display?: string }

export type IdentityAnswer = {
  readonly id: string
  readonly type: string
  readonly status: string
  readonly label: string
  readonly display: string
  readonly versions: number
  readonly firstSeen: string
  readonly lastWritten: string
  readonly lastSeen: string
  readonly groups: readonly RelatedAnswer[]
  readonly deleted?: { readonly at: string; readonly exchange?: string }
  readonly predecessor?: string
  readonly successor?: string
  readonly document?: unknown
}

export type HistoryAnswer = { readonly at: string; readonly exchange?: string } & (
  | { readonly kind: 'version'; readonly version: number; readonly action: string }
  | {
      readonly kind: 'membership'
      readonly event: 'added' | 'removed'
      readonly group: RelatedAnswer
      readonly member: RelatedAnswer
    }
)

export const identityColumns: readonly Column<IdentityAnswer>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'status', of: ({ status }) => status },
  { name: 'name', of: ({ label }) => label },
  { name: 'display', of: ({ display }) => display },
  { name: 'versions', of: ({ versions }) => versions },
  { name: 'last written', of: ({ lastWritten }) => shortTime(lastWritten) },
  { name: 'last seen', of: ({ lastSeen }) => shortTime(lastSeen) },
]

export const memberColumns: readonly Column<RelatedAnswer>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'type', of: ({ type }) => type ?? 'nobody has this id' },
  { name: 'display', of: ({ display }) => display },
]

export const historyColumns: readonly Column<HistoryAnswer>[] = [
  { name: 'at', of: ({ at }) => shortTime(at) },
  { name: 'what', of: whatHappened },
  { name: 'version', of: entry => (entry.kind === 'version' ? entry.version : undefined) },
  { name: 'exchange', of: ({ exchange }) => exchange },
]

function whatHappened(entry: HistoryAnswer): string {
  if (entry.kind === 'version') return entry.action
  const { event, group, member } = entry
  return `${nameOf(member)} ${event} ${event === 'added' ? 'to' : 'from'} ${nameOf(group)}`
}

const nameOf = ({ id, display }: RelatedAnswer): string => display ?? id

/** What is to be known of a user or a group: facts, its groups, its SCIM document. */
export function identityInWords(identity: IdentityAnswer): string {
  const { groups, document } = identity
  const parts = [facts(identity)]
  if (groups.length > 0)
    parts.push(
      table(
        [
          { name: 'group', of: nameOf },
          { name: 'id', of: ({ id }) => id },
        ],
        groups,
      ),
    )
  if (document !== undefined) parts.push(`${printableJson(document, 2)}\n`)
  return parts.join('\n')
}

const facts = (identity: IdentityAnswer): string =>
  record([
    ['id', identity.id],
    ['type', identity.type],
    ['status', identity.status],
    ['name', identity.label],
    ['display', identity.display],
    ['versions', identity.versions],
    ['first seen', shortTime(identity.firstSeen)],
    ['last written', shortTime(identity.lastWritten)],
    ['last seen', shortTime(identity.lastSeen)],
    ...optional('deleted', shortTime(identity.deleted?.at)),
    ...optional('deleted by', identity.deleted?.exchange),
    ...optional('before it', identity.predecessor),
    ...optional('after it', identity.successor),
  ])

const optional = (name: string, value: string | undefined): readonly (readonly [string, string])[] =>
  value === undefined ? [] : [[name, value]]
