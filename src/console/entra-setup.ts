import type { EntraSetup } from '../insight/preflight/entra-setup.ts'
import { compact } from '../scim/json.ts'

type MappingLine = {
  readonly source: string
  readonly target: string
  readonly matching?: number
  readonly note?: string
}

type MappingSource = {
  readonly source: string
  readonly target: string
  readonly matching?: number
  readonly reference?: boolean
}

const notes: Readonly<Record<string, string>> = {
  '[userPrincipalName]': 'Matches existing users before one is created.',
  '[mailNickname]':
    "Microsoft's default. Changes when a user is renamed; [objectId] is unique and never changes.",
  'Switch([IsSoftDeleted], , "False","True","True","False")':
    'False for users that are disabled, deleted, unassigned or out of scope.',
  '[objectId]': 'Never changes.',
  '[members]': 'Sent in separate requests, after the group.',
  '[manager]': 'Sent after the manager is provisioned, with the ID in this directory.',
}

export const mappingTable = ({
  table,
}: Pick<EntraSetup, 'table'>): {
  readonly users: readonly MappingLine[]
  readonly groups: readonly MappingLine[]
} => ({
  users: table.users.attributes.map(toMappingLine),
  groups: table.groups.attributes.map(toMappingLine),
})

function toMappingLine({ source, target, matching }: MappingSource): MappingLine {
  const note =
    matching === undefined || notes[source] ? notes[source] : 'Matches existing groups before one is created.'
  return {
    source,
    target,
    ...compact({ matching, note }),
  }
}
