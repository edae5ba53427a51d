import type { EntraSetup } from './entra-job.ts'

/** A line of Entra's page Attribute mapping. */
export type MappingLine = {
  readonly source: string
  readonly target: string
  /** Matching precedence; 1 is asked first. */
  readonly matching?: number
  readonly note?: string
}

type Written = {
  readonly source: string
  readonly target: string
  readonly matching?: number
  readonly reference?: boolean
}

/** What is worth knowing of a line, by its source. */
const notes: Readonly<Record<string, string>> = {
  '[userPrincipalName]': 'Users are looked up by it before they are created.',
  '[mailNickname]':
    "Microsoft's default. It changes when people are renamed; [objectId] never does, and tells apart who has the same name later.",
  'Switch([IsSoftDeleted], , "False","True","True","False")':
    'False for who is disabled, deleted, unassigned or filtered out of scope.',
  '[objectId]': 'It never changes.',
  '[members]': 'Sent in requests of their own, after the group.',
  '[manager]': 'Sent once the manager is here as well, by the id that he has here.',
}

/** The mapping that Entra brings along, as its page shows it; `groups` are looked up by name. */
export const mappingTable = ({
  table,
}: Pick<EntraSetup, 'table'>): {
  readonly users: readonly MappingLine[]
  readonly groups: readonly MappingLine[]
} => ({
  users: table.users.attributes.map(lineOf),
  groups: table.groups.attributes.map(lineOf),
})

function lineOf({ source, target, matching }: Written): MappingLine {
  const note =
    matching === undefined || notes[source]
      ? notes[source]
      : 'Groups are looked up by it before they are created.'
  return {
    source,
    target,
    ...(matching !== undefined && { matching }),
    ...(note !== undefined && { note }),
  }
}
