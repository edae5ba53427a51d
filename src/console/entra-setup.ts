import { defaultMappings, mappingFiles } from '../entra/mapping/default-mappings.ts'
import type { Mapping } from '../entra/mapping/mapping.ts'
import type { Dialect } from '../entra/target.ts'
import type { ProfileName } from '../profiles/names.ts'
import { compact } from '../scim/json.ts'

/** The configuration of a provisioning job of Entra ID for a profile. */
export type EntraSetup = {
  /** Entra's default mapping; `table` is the form on its page. */
  readonly mapping: Mapping
  readonly table: (typeof mappingFiles)[keyof typeof mappingFiles]
  readonly dialect: Dialect
  /** Whether new groups have Microsoft's own schema. */
  readonly groupSchemaMs: boolean
  /** Entra sends a manager as an id; RFC 7643 §4.3 requires an object. */
  readonly managers: boolean
}

const nonGallery: EntraSetup = {
  mapping: defaultMappings.nonGallery,
  table: mappingFiles.nonGallery,
  dialect: 'default',
  groupSchemaMs: true,
  managers: true,
}

const setups: Readonly<Partial<Record<ProfileName, EntraSetup>>> = {
  aws: { ...nonGallery, mapping: defaultMappings.aws, table: mappingFiles.aws },
  // The strict profile rejects booleans sent as strings, so only the other dialect is accepted.
  rfc: { ...nonGallery, dialect: 'aadOptscim062020', groupSchemaMs: false, managers: false },
}

/** AWS has an application in the gallery; every other endpoint is a non-gallery application. */
export const entraSetupOf = (profile: ProfileName): EntraSetup => setups[profile] ?? nonGallery

/** A line of Entra's page Attribute mapping. */
type MappingLine = {
  readonly source: string
  readonly target: string
  /** Matching precedence, starting with 1. */
  readonly matching?: number
  readonly note?: string
}

type MappingSource = {
  readonly source: string
  readonly target: string
  readonly matching?: number
  readonly reference?: boolean
}

/** Notes on lines, by source. */
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

/** Entra's default mapping, as its page shows it; `groups` are matched by name. */
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
